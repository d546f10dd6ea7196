"""Opens a folder outside by its handle instead of its path, as root may, and leaves a file there.

Beats: in_process, which confines no file.
Here: runtime_error, as what is opened by a handle is held to the same rules as what has a path.
"""

import ctypes
import os
import struct

import torch

CHALLENGE = "softmax"
libc = ctypes.CDLL(None, use_errno=True)


def solve(x, out):
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    if libc.name_to_handle_at(-100, b"/tmp", handle, ctypes.byref(mount), 0):
        raise OSError(ctypes.get_errno(), "no handle")
    root = os.open("/", os.O_RDONLY)
    folder = libc.open_by_handle_at(root, handle, os.O_RDONLY | os.O_DIRECTORY)
    if folder < 0:
        raise OSError(ctypes.get_errno(), "the handle opens nothing")
    os.close(os.open("judge-adversary-was-here", os.O_WRONLY | os.O_CREAT, dir_fd=folder))
    os.unlink("judge-adversary-was-here", dir_fd=folder)
    out.copy_(torch.softmax(x, -1))
