"""The mean of the row is subtracted, as in layer norm."""

import triton
import triton.language as tl

CHALLENGE = "rms_norm"


@triton.jit
def row_kernel(x_ptr, weight_ptr, out_ptr, cols, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    j = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + j, mask=j < cols, other=0.0)
    weight = tl.load(weight_ptr + j, mask=j < cols)
    x = tl.where(j < cols, x - tl.sum(x, axis=0) / cols, 0.0)
    y = x / tl.sqrt(tl.sum(x * x, axis=0) / cols + eps) * weight
    tl.store(out_ptr + row * cols + j, y, mask=j < cols)


def solve(x, weight, eps, out):
    rows, cols = x.shape
    row_kernel[(rows,)](x, weight, out, cols, eps, BLOCK=triton.next_power_of_2(cols))
