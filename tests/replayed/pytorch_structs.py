"""Kernels of PyTorch's whose parameters are structs with gaps, which hold what lay there before."""

import torch

CHALLENGE = "vector_add"


def solve(a, b, out):
    wide = torch.add(a.to(torch.float64), b)
    out.copy_(wide)
    pairs = out.numel() // 2
    rows = wide[: 2 * pairs].view(pairs, 2)
    out[: 2 * pairs].view(pairs, 2).copy_(torch.tril(rows, 1))  # all of them
