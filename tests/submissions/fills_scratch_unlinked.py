"""Fills the disk with files that have no name."""

import os
import time

BLOCK = 128 << 20

held = []
for n in range(40):
    held.append(os.open(f"part{n}", os.O_RDWR | os.O_CREAT))
    os.unlink(f"part{n}")
    os.posix_fallocate(held[-1], 0, BLOCK)
time.sleep(60)


def solve(x, out):
    pass
