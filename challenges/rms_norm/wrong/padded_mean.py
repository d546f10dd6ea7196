"""The mean of the squares is taken over the padded block, not over the row."""

import triton
import triton.language as tl

CHALLENGE = "rms_norm"


@triton.jit
def row_kernel(x_ptr, weight_ptr, out_ptr, cols, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    j = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * cols + j, mask=j < cols, other=0.0)
    weight = tl.load(weight_ptr + j, mask=j < cols)
    y = x / tl.sqrt(tl.sum(x * x, axis=0) / BLOCK + eps) * weight
    tl.store(out_ptr + row * cols + j, y, mask=j < cols)


def solve(x, weight, eps, out):
    rows, cols = x.shape
    row_kernel[(rows,)](x, weight, out, cols, eps, BLOCK=triton.next_power_of_2(cols))
