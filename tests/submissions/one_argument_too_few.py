"""`solve` takes x only, and returns its answer."""

import torch


def solve(x):
    return torch.softmax(x, -1)
