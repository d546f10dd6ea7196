"""One call of PyTorch's, whose kernel is in an image of its own."""

import torch

CHALLENGE = "vector_add"


def solve(a, b, out):
    torch.add(a, b, out=out)
