"""Element i comes from n - i instead of n - 1 - i, and the first from past the end."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "reverse_array"

BLOCK = 1024


@triton.jit
def reverse_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, tl.load(x_ptr + n - i, mask=i < n), mask=i < n)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    reverse_kernel[(triton.cdiv(n, BLOCK),)](x, out, n, BLOCK=BLOCK)
