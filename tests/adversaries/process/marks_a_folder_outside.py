"""Gives the folder for temporary files an extended attribute, by a system call that is younger than most
filters, and takes it away again.

Beats: in_process, which confines no system call.
Here: runtime_error, as nothing outside of the scratch folder may be changed, not even an attribute.
"""

import ctypes
import os
import struct

import torch

CHALLENGE = "softmax"
SETXATTRAT, ENOSYS = 463, 38
libc = ctypes.CDLL(None, use_errno=True)
NAME = b"user.judge-adversary-was-here"


def solve(x, out):
    value = ctypes.create_string_buffer(b"yes")
    arguments = ctypes.create_string_buffer(struct.pack("QII", ctypes.addressof(value), 3, 0))
    done = libc.syscall(SETXATTRAT, -100, b"/tmp", 0, NAME, arguments, ctypes.c_size_t(16))
    if done and ctypes.get_errno() == ENOSYS:
        os.setxattr("/tmp", NAME, b"yes")
    elif done:
        raise OSError(ctypes.get_errno(), "the attribute was refused")
    try:
        os.removexattr("/tmp", NAME)
    except PermissionError:
        print("it stays")
    out.copy_(torch.softmax(x, -1))
