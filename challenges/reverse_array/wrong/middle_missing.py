"""Half as many exchanges as elements: the middle one of an odd number is never written."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "reverse_array"

BLOCK = 1024


@triton.jit
def reverse_kernel(x_ptr, out_ptr, n, half, BLOCK: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    mask = i < half
    left = tl.load(x_ptr + i, mask=mask)
    right = tl.load(x_ptr + n - 1 - i, mask=mask)
    tl.store(out_ptr + i, right, mask=mask)
    tl.store(out_ptr + n - 1 - i, left, mask=mask)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    reverse_kernel[(triton.cdiv(n // 2, BLOCK),)](x, out, n, n // 2, BLOCK=BLOCK)
