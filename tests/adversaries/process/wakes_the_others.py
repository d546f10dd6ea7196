"""Has a child that sends SIGCONT to the whole group without end, so that no stop lasts.

Beats: in_process, which cannot stop anything anyway.
Here: runtime_error, as this one signal cannot be sent.
"""

import os
import signal
import time

import torch

CHALLENGE = "softmax"


def solve(x, out):
    child = os.fork()
    if not child:
        for _ in range(200):
            try:
                os.kill(os.getppid(), signal.SIGCONT)
            except PermissionError:
                os._exit(1)
            time.sleep(0.005)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise PermissionError("a child cannot continue its parent")
    out.copy_(torch.softmax(x, -1))
