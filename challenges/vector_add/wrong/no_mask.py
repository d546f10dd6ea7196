"""The last block is not masked."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "vector_add"


@triton.jit
def add_kernel(a_ptr, b_ptr, out_ptr, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + offsets, tl.load(a_ptr + offsets) + tl.load(b_ptr + offsets))


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    add_kernel[(triton.cdiv(a.numel(), 1024),)](a, b, out, BLOCK=1024)
