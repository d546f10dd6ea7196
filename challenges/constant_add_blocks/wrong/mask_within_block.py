"""The mask compares the place in the block with n, not the place in the vector."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "constant_add_blocks"


@triton.jit
def add_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    offsets = tl.program_id(0) * BLOCK + i
    mask = i < n
    tl.store(out_ptr + offsets, tl.load(x_ptr + offsets, mask=mask) + 10, mask=mask)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    add_kernel[(triton.cdiv(n, 1024),)](x, out, n, BLOCK=1024)
