"""A scan with an operator of its own on pairs: a value and whether a block begins there, in one program."""

import triton
import triton.language as tl

CHALLENGE = "prefix_sum"


@triton.jit
def combine(value, begins, next_value, next_begins):
    return tl.where(next_begins, next_value, value + next_value), begins | next_begins


@triton.jit
def scan(x, out, n, B: tl.constexpr):
    before = 0.0
    for start in range(0, n, B):
        i = start + tl.arange(0, B)
        part = tl.load(x + i, mask=i < n, other=0.0)
        first = tl.arange(0, B) == 0
        running, _ = tl.associative_scan((part, first), 0, combine)
        tl.store(out + i, running + before, mask=i < n)
        before += tl.sum(part)


def solve(x, out):
    scan[(1,)](x, out, x.numel(), B=2048, num_warps=8)
