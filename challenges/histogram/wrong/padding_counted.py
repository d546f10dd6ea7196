"""The last block is padded with 0, and the padding is counted."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "histogram"


@triton.jit
def histogram_kernel(x_ptr, out_ptr, n, bins, BINS: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    counts = tl.histogram(tl.load(x_ptr + i, mask=i < n, other=0), BINS)
    b = tl.arange(0, BINS)
    tl.atomic_add(out_ptr + b, counts, mask=b < bins)


def solve(x: Tensor, bins: int, out: Tensor) -> None:
    n = x.numel()
    padded = max(triton.next_power_of_2(bins), 32)
    out.zero_()
    histogram_kernel[(triton.cdiv(n, 1024),)](x, out, n, bins, BINS=padded, BLOCK=1024)
