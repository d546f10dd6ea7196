"""Keeps the descriptor of the shared memory, and makes the file shorter: the judge would then end with a
bus error where it looks.

Beats: in_process, as no file is there to be kept.
Here: runtime_error, as the size of the file is sealed.
"""

import os

import torch

CHALLENGE = "softmax"
close, kept = os.close, []
os.close = kept.append


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    for descriptor in kept:
        if os.readlink(f"/proc/self/fd/{descriptor}").startswith("/memfd:judge"):
            os.ftruncate(descriptor, 0)
