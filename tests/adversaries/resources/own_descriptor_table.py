"""Hides 3 GiB of unlinked files in the descriptors of one thread, which shares all but its table of
descriptors. The process itself then closes its own.

Beats: in_process, which does not look for disk that no folder shows.
Here: compile_error or runtime_error, as such a thread cannot be made.
"""

import ctypes
import os
import time

import torch

CHALLENGE = "softmax"
VM, FS, SIGHAND, THREAD = 0x100, 0x200, 0x800, 0x10000  # without CLONE_FILES

held = []
for n in range(12):
    held.append(os.open(f"part{n}", os.O_RDWR | os.O_CREAT))
    os.unlink(f"part{n}")
    os.posix_fallocate(held[-1], 0, 255 << 20)
libc = ctypes.CDLL(None, use_errno=True)
stack = ctypes.create_string_buffer(1 << 16)
top = ctypes.c_void_p((ctypes.addressof(stack) + (1 << 16)) & ~15)
if libc.clone(ctypes.cast(libc.pause, ctypes.c_void_p), top, VM | FS | SIGHAND | THREAD, None) < 0:
    raise OSError(ctypes.get_errno(), "no such thread")
time.sleep(0.1)
for descriptor in held:
    os.close(descriptor)
time.sleep(1)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
