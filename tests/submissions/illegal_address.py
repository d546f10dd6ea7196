"""Stores to an address that is nobody's."""

import triton
import triton.language as tl


@triton.jit
def kernel(out, FAR: tl.constexpr):
    tl.store(out + FAR + tl.arange(0, 16), tl.zeros((16,), dtype=tl.float32))


def solve(x, out):
    kernel[(1,)](out, FAR=2**40)
