"""Holds 3 GiB of disk by files without a name and without a descriptor: only the first page of each is
mapped, so the map tells nothing of its size.

Beats: in_process, which does not look for disk that no folder shows.
Here: runtime_error, as each file counts with its size, not with what is mapped of it.
"""

import mmap
import os
import time

import torch

CHALLENGE = "softmax"
pages = []
for n in range(12):
    descriptor = os.open(f"part{n}", os.O_RDWR | os.O_CREAT)
    os.unlink(f"part{n}")
    os.posix_fallocate(descriptor, 0, 255 << 20)
    pages.append(mmap.mmap(descriptor, 4096))
    os.close(descriptor)
    # Python's mmap keeps a copy of the descriptor.
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{name}").endswith("(deleted)"):
                os.close(int(name))
        except OSError:
            pass
time.sleep(1)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
