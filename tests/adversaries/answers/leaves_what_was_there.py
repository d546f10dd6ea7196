"""Writes only elements that hold one of the values that outputs are filled with, and leaves all others.

Beats: reused_buffer, whose output holds the answer of the call before.
Here: wrong_answer, as outputs are filled with a new random value for each call.
"""

import torch

CHALLENGE = "outer_add"


def solve(x, y, out):
    empty = (out == 0) | out.isnan() | (out == -1)
    out.copy_(torch.where(empty, y[:, None] + x, out))
