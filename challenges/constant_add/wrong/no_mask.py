"""The block is not masked, so it reads and writes past the end."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "constant_add"


@triton.jit
def add_kernel(x_ptr, out_ptr, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    tl.store(out_ptr + offsets, tl.load(x_ptr + offsets) + 10)


def solve(x: Tensor, out: Tensor) -> None:
    add_kernel[(1,)](x, out, BLOCK=1024)
