"""Leaves 25 sleeping children behind in each call, and stops at 300: no single call lasts long enough for
a look at the number of processes.

Beats: in_process, which counts no processes.
Here: runtime_error, as a group may have 256 processes, whenever they were started.
"""

import ctypes
import signal

import torch

CHALLENGE = "softmax"
CLONE_VM = 0x100
libc = ctypes.CDLL(None)
stacks = []


def solve(x, out):
    for _ in range(25 if len(stacks) < 300 else 0):
        stacks.append(ctypes.create_string_buffer(1 << 14))
        top = ctypes.c_void_p((ctypes.addressof(stacks[-1]) + (1 << 14)) & ~15)
        libc.clone(ctypes.cast(libc.pause, ctypes.c_void_p), top, CLONE_VM | signal.SIGCHLD, None)
    out.copy_(torch.softmax(x, -1))
