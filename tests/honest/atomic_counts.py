"""Counts with atomics directly in the output, which a fill has cleared before."""

import triton
import triton.language as tl

CHALLENGE = "histogram"


@triton.jit
def count(x, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.atomic_add(out + tl.load(x + i, mask=m, other=0), 1, mask=m, sem="relaxed")


def solve(x, bins, out):
    out.zero_()
    count[(triton.cdiv(x.numel(), 1024),)](x, out, x.numel(), B=1024)
