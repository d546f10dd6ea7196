"""Is right, but leaves children behind that sleep, after they tried to leave the process group."""

import contextlib
import os
import time

import torch


def solve(x, out):
    for _ in range(3):
        if os.fork() == 0:
            for leave in (os.setsid, os.setpgrp):
                with contextlib.suppress(PermissionError):
                    leave()
            time.sleep(600)
    out.copy_(torch.softmax(x, -1))
