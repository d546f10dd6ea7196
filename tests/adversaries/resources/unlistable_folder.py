"""Puts 3 GiB into a folder that its owner may write to and enter, but not list.

Beats: in_process, which has no limit for the disk at all.
Here: runtime_error, as what cannot be looked into counts as too large.
"""

import atexit
import os
import time

import torch

CHALLENGE = "softmax"
NAMES = [f"dark/{n}" for n in range(15)]
os.mkdir("dark", 0o300)


def remove():
    for name in NAMES:
        os.unlink(name)
    os.rmdir("dark")


for name in NAMES:
    with open(name, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 200 << 20)
atexit.register(remove)
time.sleep(1)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
