"""Each row gets one block of 256 columns, whatever its width: wider rows are cut off."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "matrix_copy"


@triton.jit
def copy_kernel(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    j = tl.arange(0, BLOCK)
    k = tl.program_id(0).to(tl.int64) * cols + j
    tl.store(out_ptr + k, tl.load(x_ptr + k, mask=j < cols), mask=j < cols)


def solve(x: Tensor, out: Tensor) -> None:
    rows, cols = x.shape
    copy_kernel[(rows,)](x, out, cols, BLOCK=256)
