"""Is right within the tolerance, but adds noise that differs from run to run."""

import torch


def solve(x, out):
    exact = torch.softmax(x.double(), -1)
    out.copy_(exact * (1 + 2e-7 * torch.rand_like(exact)))
