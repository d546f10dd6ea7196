"""A kernel without masks takes all full blocks, and a second one, with a mask, what is left."""

import triton
import triton.language as tl

CHALLENGE = "leaky_relu"


@triton.jit
def full(x, slope, out, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    each = tl.load(x + i)
    tl.store(out + i, tl.where(each < 0, each * slope, each))


@triton.jit
def tail(x, slope, out, first, n, B: tl.constexpr):
    i = first + tl.arange(0, B)
    each = tl.load(x + i, mask=i < n)
    tl.store(out + i, tl.where(each < 0, each * slope, each), mask=i < n)


def solve(x, slope, out):
    blocks, left = divmod(x.numel(), 4096)
    if blocks:
        full[(blocks,)](x, slope, out, B=4096)
    if left:
        tail[(1,)](x, slope, out, blocks * 4096, x.numel(), B=4096)
