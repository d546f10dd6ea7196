"""The mask ends one element early."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "constant_add"


@triton.jit
def add_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    mask = offsets < n - 1
    tl.store(out_ptr + offsets, tl.load(x_ptr + offsets, mask=mask) + 10, mask=mask)


def solve(x: Tensor, out: Tensor) -> None:
    add_kernel[(1,)](x, out, x.numel(), BLOCK=1024)
