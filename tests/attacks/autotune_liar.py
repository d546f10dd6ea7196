"""Takes one of two kernels by the number of its process, as an autotuner would that hides what it chose.
The two recordings differ, so the call is said to depend on chance.
"""

import os

import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add(a, b, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


def solve(a, b, out):
    n = a.numel()
    block = 1024 << (os.getpid() % 2)
    add[(triton.cdiv(n, block),)](a, b, out, n, B=block)
