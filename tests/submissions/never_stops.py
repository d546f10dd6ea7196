"""Is right, but has a thread that waits in vfork, where SIGSTOP does not reach it."""

import ctypes
import threading
import time

import torch


def wait_in_vfork():
    libc = ctypes.CDLL(None)
    if libc.vfork() == 0:  # the child, in its parent's memory; the parent's thread waits for it to exec
        libc.pause()


def solve(x, out):
    threading.Thread(target=wait_in_vfork, daemon=True).start()
    time.sleep(0.5)
    out.copy_(torch.softmax(x, -1))
