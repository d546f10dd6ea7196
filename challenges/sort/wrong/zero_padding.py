"""The last block is padded with 0, which is smaller than any positive number."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "sort"


@triton.jit
def rank_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """Store x[i] at the number of elements that come before it."""
    i = tl.program_id(0)
    x = tl.load(x_ptr + i)
    rank = 0
    for start in range(0, n, BLOCK):
        j = start + tl.arange(0, BLOCK)  # [BLOCK]
        other = tl.load(x_ptr + j, mask=j < n, other=0.0)
        rank += tl.sum(((other < x) | ((other == x) & (j < i))).to(tl.int32), axis=0)
    tl.store(out_ptr + rank, x, mask=rank < n)


def solve(x: Tensor, out: Tensor) -> None:
    rank_kernel[(x.numel(),)](x, out, x.numel(), BLOCK=256)
