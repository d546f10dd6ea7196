"""Functions of libdevice in place of Triton's own: exp, the reciprocal square root, and fma."""

import triton
import triton.language as tl
from triton.language.extra import libdevice

CHALLENGE = "softmax"


@triton.jit
def softmax_row(x, out, cols, B: tl.constexpr):
    begin = tl.program_id(0).to(tl.int64) * cols
    c = tl.arange(0, B)
    row = tl.load(x + begin + c, mask=c < cols, other=float("-inf"))
    each = libdevice.exp(row - tl.max(row))
    half = libdevice.rsqrt(tl.sum(each))
    tl.store(out + begin + c, libdevice.fma(each * half, half, 0.0), mask=c < cols)


def solve(x, out):
    rows, cols = x.shape
    softmax_row[(rows,)](x, out, cols, B=triton.next_power_of_2(cols), num_warps=8)
