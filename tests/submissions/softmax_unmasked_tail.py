"""Loads and stores whole blocks without a mask: past the end of the row, and of the buffers."""

import triton
import triton.language as tl


@triton.jit
def kernel(x, out, cols, BLOCK: tl.constexpr):
    j = tl.program_id(0) * cols + tl.arange(0, BLOCK)
    row = tl.load(x + j)
    p = tl.exp(row - tl.max(row, axis=0))
    tl.store(out + j, p / tl.sum(p, axis=0))


def solve(x, out):
    rows, cols = x.shape
    kernel[(rows,)](x, out, cols, BLOCK=triton.next_power_of_2(cols))
