"""The grid is rounded down, so what follows the last full block is never written."""

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
    leaky_relu_kernel[(max(1, n // BLOCK),)](x, slope, out, n, BLOCK=BLOCK)
