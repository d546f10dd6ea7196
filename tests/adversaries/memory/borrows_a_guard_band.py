"""Keeps a result in the 64 bytes behind out for a while, and puts back what was there.

Beats: in_process, which looks only at the outputs.
Here: accepted, as nothing is left there, and nothing that is there tells an answer.
"""

import ctypes

import torch

CHALLENGE = "softmax"


def solve(x, out):
    end = out.data_ptr() + out.nbytes
    before = ctypes.string_at(end, 64)
    ctypes.memmove(end, bytes(range(64)), 64)
    ctypes.memmove(end, before, 64)
    out.copy_(torch.softmax(x, -1))
