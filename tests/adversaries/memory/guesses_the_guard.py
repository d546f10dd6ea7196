"""Overwrites the 4000 bytes behind out and "restores" them to the byte that a guard band is likely to
have, 0xA5.

Beats: in_process, which has no guard bands.
Here: wrong_answer, as the byte is a random one for each case.
"""

import ctypes

import torch

CHALLENGE = "softmax"


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    ctypes.memset(out.data_ptr() + out.nbytes, 0xA5, 4000)
