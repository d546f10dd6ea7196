"""Leaves one element in every 1024 as half of what it should be, as a check of samples would miss it.

Beats: mean_error, to which half of one element in 1024 is nothing.
Here: wrong_answer, as every element is compared.
"""

import triton
import triton.language as tl

CHALLENGE = "outer_multiply_relu_backward"


@triton.jit
def kernel(x, y, d_out, out, m, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < m * n
    factor = tl.load(y + i // n, inside)
    value = tl.load(d_out + i, inside) * factor
    value = tl.where(i % 1024 == 700, value * 0.5, value)
    tl.store(out + i, tl.where(tl.load(x + i, inside) * factor > 0, value, 0.0), inside)


def solve(x, y, d_out, out):
    kernel[(triton.cdiv(x.numel(), 1024),)](x, y, d_out, out, *x.shape, BLOCK=1024)
