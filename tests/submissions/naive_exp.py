"""Does not subtract the row's maximum, so that exp overflows."""

import triton
import triton.language as tl


@triton.jit
def kernel(x, out, cols, BLOCK: tl.constexpr):
    j = tl.arange(0, BLOCK)
    row = tl.program_id(0) * cols
    p = tl.exp(tl.load(x + row + j, mask=j < cols, other=-float("inf")))
    tl.store(out + row + j, p / tl.sum(p, axis=0), mask=j < cols)


def solve(x, out):
    rows, cols = x.shape
    kernel[(rows,)](x, out, cols, BLOCK=triton.next_power_of_2(cols))
