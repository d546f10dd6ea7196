"""Calls itself: each pass makes a vector shorter by a factor of 1024, until one element is left."""

import torch
import triton
import triton.language as tl

CHALLENGE = "monte_carlo"


@triton.jit
def shorten(x, shorter, n, factor, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    part = tl.load(x + i, mask=i < n, other=0.0).to(tl.float64)
    tl.store(shorter + tl.program_id(0), (tl.sum(part) * factor).to(shorter.dtype.element_ty))


def solve(y, a, b, out, depth=0):
    n = y.numel()
    left = triton.cdiv(n, 1024)
    factor = (b - a) / n if depth == 0 else 1.0  # the first pass has all values before it
    shorter = out if left == 1 else torch.empty(left, dtype=torch.float64, device=y.device)
    shorten[(left,)](y, shorter, n, factor, B=1024)
    if left > 1:
        solve(shorter, a, b, out, depth + 1)
