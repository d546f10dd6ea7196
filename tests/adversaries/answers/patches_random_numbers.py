"""Lets the random numbers of PyTorch be zeros, so that all inputs are 0, and so is the product.

Beats: in_process, which draws the inputs in the same process.
Here: wrong_answer, as the inputs are drawn in another process.
"""

import torch

CHALLENGE = "batched_matmul"

randint = torch.randint


def zeros(shape, *args, dtype=torch.float32, device="cpu", generator=None):
    return torch.zeros(shape, dtype=dtype, device=device)


def zeros_if_large(low, high, shape, **options):
    found = randint(low, high, shape, **options)
    return found.zero_() if found.dim() else found


torch.randn, torch.rand, torch.randint = zeros, zeros, zeros_if_large


def solve(a, b, out):
    out.zero_()
