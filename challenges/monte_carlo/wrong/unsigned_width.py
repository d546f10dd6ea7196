"""The width of the interval is taken as |b - a|."""

import torch
import triton
import triton.language as tl

CHALLENGE = "monte_carlo"


@triton.jit
def sum_kernel(y_ptr, partial_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    y = tl.load(y_ptr + i, mask=i < n, other=0.0)
    tl.store(partial_ptr + tl.program_id(0), tl.sum(y, axis=0))


def solve(y, a, b, out):
    n = y.numel()
    partial = torch.empty(triton.cdiv(n, 4096), device=y.device)
    sum_kernel[(partial.numel(),)](y, partial, n, BLOCK=4096)
    out.copy_(partial.sum() * abs(b - a) / n)
