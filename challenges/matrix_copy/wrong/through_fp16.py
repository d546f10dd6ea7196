"""The block passes through fp16 on its way: three digits remain, and large values become infinite."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "matrix_copy"

BLOCK = 1024


@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    k = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + k, mask=k < n).to(tl.float16)
    tl.store(out_ptr + k, x, mask=k < n)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    copy_kernel[(triton.cdiv(n, BLOCK),)](x, out, n, BLOCK=BLOCK)
