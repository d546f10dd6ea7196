"""Negative values are multiplied by 0, which makes NaN of minus infinity."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "relu"

BLOCK = 1024


@triton.jit
def relu_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    tl.store(out_ptr + i, x * (x > 0), mask=i < n)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    relu_kernel[(triton.cdiv(n, BLOCK),)](x, out, n, BLOCK=BLOCK)
