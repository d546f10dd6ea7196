"""Sends itself SIGSTOP in the middle of a call, and stays as it is.

Beats: in_process, which stops with it.
Here: time_limit, as a stopped process does not answer in time, and can be killed.
"""

import os
import signal

import torch

CHALLENGE = "softmax"


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    os.kill(0 if os.getpgid(0) == os.getpid() else os.getpid(), signal.SIGSTOP)
