"""Holds 1.5 GiB of memory in files of memory that are full, closed, and mapped with one page each. What a
process has mapped and touched is 24 kB.

Beats: in_process, which has no limit for memory.
Here: accepted, as it is less than the limit, which must count such files whole, and all goes with the
process.
"""

import ctypes
import os
import time

import torch

CHALLENGE = "softmax"
libc = ctypes.CDLL(None)
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
for _ in range(6):
    descriptor = os.memfd_create("hidden")
    os.posix_fallocate(descriptor, 0, 255 << 20)
    libc.mmap(None, 4096, 1, 1, descriptor, 0)  # readable, shared
    os.close(descriptor)
time.sleep(1)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
