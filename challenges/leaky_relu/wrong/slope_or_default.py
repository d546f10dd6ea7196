"""A slope of 0 is taken for none at all, and replaced by the usual 0.01."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "leaky_relu"

BLOCK = 1024


@triton.jit
def leaky_relu_kernel(x_ptr, slope, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    tl.store(out_ptr + i, tl.where(x > 0, x, slope * x), mask=i < n)


def solve(x: Tensor, slope: float, out: Tensor) -> None:
    n = x.numel()
    leaky_relu_kernel[(triton.cdiv(n, BLOCK),)](x, slope or 0.01, out, n, BLOCK=BLOCK)
