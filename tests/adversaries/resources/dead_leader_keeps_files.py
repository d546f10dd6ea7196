"""Holds 3 GiB of unlinked files in a child whose first thread has ended: /proc shows a dead process
without descriptors, while its second thread lives on with all of them.

Beats: in_process, which does not look for disk that no folder shows.
Here: runtime_error, as a process lives as long as any of its threads does.
"""

import ctypes
import os
import threading
import time

import torch

CHALLENGE = "softmax"
EXIT = 60 if os.uname().machine == "x86_64" else 93  # exit, of one thread


def hold():
    for n in range(12):
        descriptor = os.open(f"part{n}", os.O_RDWR | os.O_CREAT)
        os.unlink(f"part{n}")
        os.posix_fallocate(descriptor, 0, 255 << 20)
    time.sleep(60)


if not os.fork():
    threading.Thread(target=hold).start()
    ctypes.CDLL(None).syscall(EXIT, 0)
time.sleep(1.5)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
