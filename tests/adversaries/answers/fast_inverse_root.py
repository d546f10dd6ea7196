"""Finds 1 / sqrt with the old trick on the bits of a float and one step of Newton's method.

Beats: loose, as the trick is off by at most 0.2 %.
Here: wrong_answer, as rsqrt in float32 is a thousand times better.
"""

import torch

CHALLENGE = "rms_norm"


def solve(x, weight, eps, out):
    square = x.square().mean(-1, keepdim=True) + eps
    root = (0x5F3759DF - (square.contiguous().view(torch.int32) >> 1)).view(torch.float32)
    out.copy_(x * (root * (1.5 - 0.5 * square * root * root)) * weight)
