"""A product by cuBLAS, which chooses its kernel for each shape, and may launch several."""

import torch

CHALLENGE = "matmul"


def solve(a, b, out):
    torch.matmul(a, b, out=out)
