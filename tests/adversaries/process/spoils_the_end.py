"""Leaves objects behind that resist when the process ends: one raises when it is deleted, one sleeps at
exit, one catches signals and forks again.

Beats: in_process, which waits for a process that never ends.
Here: accepted, as a runner is not asked to end: it is killed.
"""

import atexit
import os
import signal
import time

import torch

CHALLENGE = "softmax"


class Clinging:
    def __del__(self):
        time.sleep(600)


def again(*_):
    if not os.fork():
        time.sleep(30)
        os._exit(0)


clinging = Clinging()
atexit.register(time.sleep, 600)
signal.signal(signal.SIGTERM, again)
signal.signal(signal.SIGHUP, again)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
