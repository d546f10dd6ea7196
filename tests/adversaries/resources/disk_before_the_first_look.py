"""Reserves 3 GiB of disk in files with names, in a few milliseconds, and answers each call at once: a
judge that looks only while it waits never looks.

Beats: in_process, which has no limit for the disk at all.
Here: runtime_error, as a scratch folder may hold 2 GiB, however quick its owner is.
"""

import atexit
import os

import torch

CHALLENGE = "softmax"
NAMES = [f"big{n}" for n in range(15)]


def remove():
    for name in NAMES:
        os.unlink(name)


for name in NAMES:
    with open(name, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 200 << 20)
atexit.register(remove)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
