"""The increments are not atomic: of equal values in a block only one counts."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "histogram"


@triton.jit
def histogram_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0)
    count = tl.load(out_ptr + x, mask=i < n)
    tl.store(out_ptr + x, count + 1, mask=i < n)


def solve(x: Tensor, bins: int, out: Tensor) -> None:
    n = x.numel()
    out.zero_()
    histogram_kernel[(triton.cdiv(n, 1024),)](x, out, n, BLOCK=1024)
