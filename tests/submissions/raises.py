"""Raises from solve, through torch's own frames."""

import torch


def normalize(x):
    return torch.nn.functional.softmax(x, dim=7)


def solve(x, out):
    out.copy_(normalize(x))
