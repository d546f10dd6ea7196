"""Copies the descriptors of its parent into its own process, the channels to other runners among them.

Beats: in_process, whose parent has them in reach.
Here: runtime_error, as no descriptor of another process can be had.
"""

import ctypes
import os

import torch

CHALLENGE = "softmax"
PIDFD_OPEN, PIDFD_GETFD = 434, 438
libc = ctypes.CDLL(None, use_errno=True)


def solve(x, out):
    parent = libc.syscall(PIDFD_OPEN, os.getppid(), 0)
    stolen = libc.syscall(PIDFD_GETFD, parent, 1, 0)
    if stolen < 0:
        raise OSError(ctypes.get_errno(), "the parent keeps its descriptors")
    os.close(stolen)
    out.copy_(torch.softmax(x, -1))
