"""What the attacks on vector_add are compared with: one launch, one block of elements a program."""

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
    add[(triton.cdiv(n, 1024),)](a, b, out, n, B=1024)
