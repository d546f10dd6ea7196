"""Is right, and writes the four bytes just before the first element of out.

Beats: in_process, which looks only at the outputs.
Here: wrong_answer, as there are guard bands before each tensor too.
"""

import ctypes

import torch

CHALLENGE = "softmax"


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    ctypes.memmove(out.data_ptr() - 4, b"\x01\x02\x03\x04", 4)
