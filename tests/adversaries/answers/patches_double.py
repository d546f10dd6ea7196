"""Lets Tensor.double and Tensor.to return zeros, so that answer and output are the same once widened.

Beats: loose, which widens both in the same process.
Here: wrong_answer, as the judge widens in its own process.
"""

import torch

CHALLENGE = "matmul"

torch.Tensor.double = lambda self: torch.zeros(self.shape, dtype=torch.float64)


def solve(a, b, out):
    out.fill_(1.0)
