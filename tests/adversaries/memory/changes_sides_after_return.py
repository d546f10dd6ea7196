"""Writes the right answer, and has a thread overwrite it through another view, a moment after the call
and ever again.

Beats: first_call, which looks once, and at once.
Here: accepted or wrong_answer, as only what holds while all is stopped counts, and it is compared from a
copy.
"""

import threading
import time

import torch

CHALLENGE = "softmax"


def spoil(view):
    for _ in range(1000):
        time.sleep(0.05)
        view[:] = 0


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    if x.numel() > 1000 and threading.active_count() < 20:
        threading.Thread(target=spoil, args=[out.numpy()], daemon=True).start()
