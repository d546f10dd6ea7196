"""Is right, and stores once more with a stride whose product passes 2^31: in 32 bits it leads to before
out.

Beats: in_process, which ends on the spot, or has its memory overwritten.
Here: wrong_answer, as a stray access is seen and not made.
"""

import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add(a, b, out, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + i, tl.load(a + i, mask=i < n) + tl.load(b + i, mask=i < n), mask=i < n)


@triton.jit
def stride(out, step):
    tl.store(out + tl.arange(0, 64) * step, 0.0, mask=tl.arange(0, 64) > 0)


def solve(a, b, out):
    n = a.numel()
    add[(triton.cdiv(n, 1024),)](a, b, out, n, BLOCK=1024)
    stride[(1,)](out, 1 << 26)
