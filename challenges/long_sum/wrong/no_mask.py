"""The last block is not masked, so the next row's beginning is added."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "long_sum"


@triton.jit
def sum_kernel(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    acc = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, cols, BLOCK):
        j = start + tl.arange(0, BLOCK)
        acc += tl.load(x_ptr + row * cols + j)
    tl.store(out_ptr + row, tl.sum(acc, axis=0))


def solve(x: Tensor, out: Tensor) -> None:
    rows, cols = x.shape
    sum_kernel[(rows,)](x, out, cols, BLOCK=1024)
