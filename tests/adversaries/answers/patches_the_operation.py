"""Lets the operation that a reference calls return zeros, and writes zeros.

Beats: in_process, whose reference calls PyTorch in the same process.
Here: wrong_answer, as the reference runs in another process.
"""

import torch

CHALLENGE = "rms_norm"

torch.nn.functional.rms_norm = lambda x, *a: torch.zeros_like(x)


def solve(x, weight, eps, out):
    out.zero_()
