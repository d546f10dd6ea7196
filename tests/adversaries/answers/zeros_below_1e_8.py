"""Writes 0 for every probability below 0.9e-8, however many of a long row these are.

Beats: in_process, which allows an error of 1e-5 everywhere.
Here: wrong_answer, as in a row of 300,001 columns most of the answers are that small.
"""

import torch

CHALLENGE = "softmax"


def solve(x, out):
    p = torch.softmax(x, dim=-1)
    out.copy_(torch.where(p < 0.9e-8, 0.0, p))
