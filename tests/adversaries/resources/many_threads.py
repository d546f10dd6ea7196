"""Starts 400 threads that compute, long after each call has returned.

Beats: in_process, which shares its own process with them.
Here: accepted or time_limit, as threads only slow down their own process: they stop and end with it.
"""

import threading

import torch

CHALLENGE = "softmax"


def spin():
    ones = torch.ones(10)
    for _ in range(50):
        ones.sum()


def solve(x, out):
    if threading.active_count() < 100:
        for _ in range(400):
            threading.Thread(target=spin, daemon=True).start()
    out.copy_(torch.softmax(x, -1))
