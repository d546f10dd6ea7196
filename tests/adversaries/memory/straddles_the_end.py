"""Stores at an address that is no multiple of four: two bytes are the last of out, and two lie behind it.
Then it repairs its own two.

Beats: in_process, which looks only at the outputs.
Here: wrong_answer, as the guard band begins at the byte after out, not at the next element.
"""

import ctypes

import torch

CHALLENGE = "softmax"


def solve(x, out):
    answer = torch.softmax(x, -1)
    ctypes.memmove(out.data_ptr() + out.nbytes - 2, b"\x01\x02\x03\x04", 4)
    out.copy_(answer)
