"""Computes the first call on each shape, and returns at once from all others.

Beats: first_call, which only checks that one.
Here: wrong_answer, as large cases are run three times, and each time the output is filled anew.
"""

import torch

CHALLENGE = "conv2d"

seen = set()


def solve(x, w, out):
    if (x.shape, w.shape) not in seen:
        seen.add((x.shape, w.shape))
        out.copy_(torch.nn.functional.conv2d(x[None, None], w[None, None])[0, 0])
