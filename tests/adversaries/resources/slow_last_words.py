"""Is told to compute, computes, and then sleeps in C with all signals blocked, 0.2 s below the limit of
one call: each call is within its time, and the judge waits as long as it can be made to.

Beats: in_process, which has no limit at all.
Here: accepted or time_limit, as the limit holds for each call, and the cases are few.
"""

import signal
import time

import torch

CHALLENGE = "softmax"
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
calls = []


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    calls.append(1)
    if len(calls) == 1:
        time.sleep(9.0)
