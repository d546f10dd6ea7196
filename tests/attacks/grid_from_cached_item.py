"""Reads a value of its input once for each size and takes the grid from it, later without looking. Two
recordings on different inputs have different grids, so the call is said to depend on values.
"""

import math

import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add(a, b, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


seen = {}


def solve(a, b, out):
    n = a.numel()
    if n not in seen:
        value = abs(float(a.narrow(0, 0, 1).item())) if a.is_cuda else 0.0
        seen[n] = int(value * 1000) % 1009 if math.isfinite(value) else 0
    add[(triton.cdiv(n, 1024) + seen[n],)](a, b, out, n, B=1024)
