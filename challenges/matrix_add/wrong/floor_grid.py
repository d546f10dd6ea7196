"""The grid is rounded down, so what follows the last full block is never written."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "matrix_add"

BLOCK = 1024


@triton.jit
def add_kernel(a_ptr, b_ptr, out_ptr, n, BLOCK: tl.constexpr):
    k = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = k < n
    tl.store(out_ptr + k, tl.load(a_ptr + k, mask=mask) + tl.load(b_ptr + k, mask=mask), mask=mask)


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    n = a.numel()
    add_kernel[(max(1, n // BLOCK),)](a, b, out, n, BLOCK=BLOCK)
