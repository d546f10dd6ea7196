"""The last block takes n % BLOCK elements: none, where n is a multiple of BLOCK."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "vector_add"


@triton.jit
def add_kernel(a_ptr, b_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    offsets = tl.program_id(0) * BLOCK + i
    mask = i < tl.where(tl.program_id(0) == tl.num_programs(0) - 1, n % BLOCK, BLOCK)
    a = tl.load(a_ptr + offsets, mask=mask)
    b = tl.load(b_ptr + offsets, mask=mask)
    tl.store(out_ptr + offsets, a + b, mask=mask)


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    n = a.numel()
    add_kernel[(triton.cdiv(n, 4096),)](a, b, out, n, BLOCK=4096)
