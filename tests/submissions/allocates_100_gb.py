"""Asks for 100 GB of CPU memory."""

import torch


def solve(x, out):
    out.fill_(torch.ones(100 << 30, dtype=torch.uint8)[-1])
