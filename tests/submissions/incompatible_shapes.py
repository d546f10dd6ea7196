"""The kernel adds a block of 32 to a block of 64: Triton's compiler refuses it."""

import triton
import triton.language as tl


@triton.jit
def kernel(x, out):
    tl.store(out + tl.arange(0, 64), tl.load(x + tl.arange(0, 64)) + tl.arange(0, 32))


def solve(x, out):
    kernel[(1,)](x, out)
