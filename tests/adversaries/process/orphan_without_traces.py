"""Leaves a grandchild that nothing points to: another program, with no variables, in no folder of the
judge's, adopted by the system, deaf to all signals but two.

Beats: in_process, which it outlives.
Here: accepted, as it cannot leave the group, which is killed as a whole.
"""

import contextlib
import os
import signal

import torch

CHALLENGE = "softmax"
if not os.fork():
    if not os.fork():
        with contextlib.suppress(OSError):
            os.setsid()
        for number in signal.valid_signals():
            with contextlib.suppress(OSError):
                signal.signal(number, signal.SIG_IGN)
        os.chdir("/")
        os.closerange(0, 256)
        os.execve("/bin/sleep", ["judge-adversary", "40"], {})
    os._exit(0)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
