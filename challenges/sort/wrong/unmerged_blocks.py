"""Each block is sorted, but the blocks are never merged."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "sort"

BLOCK = 256


@triton.jit
def block_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    x = tl.load(x_ptr + i, mask=i < n, other=float("inf"))
    tl.store(out_ptr + i, tl.sort(x), mask=i < n)


def solve(x: Tensor, out: Tensor) -> None:
    block_kernel[(triton.cdiv(x.numel(), BLOCK),)](x, out, x.numel(), BLOCK=BLOCK)
