"""torch.func.vmap turns a product of two matrices into one of two batches."""

import torch

CHALLENGE = "batched_matmul"


def solve(a, b, out):
    out.copy_(torch.func.vmap(torch.mm)(a.float(), b.float()))
