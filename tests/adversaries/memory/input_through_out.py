"""Is right, and writes to an input through the pointer of the output: the distance of the two is added to
it.

Beats: in_process, which looks only at the outputs.
Here: wrong_answer, as inputs are compared with the judge's own copy, whatever pointer led there.
"""

import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add(a, b, out, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + i, tl.load(a + i, mask=i < n) + tl.load(b + i, mask=i < n), mask=i < n)


@triton.jit
def spoil(out, distance):
    tl.store(out + distance, 7.0)


def solve(a, b, out):
    n = a.numel()
    add[(triton.cdiv(n, 1024),)](a, b, out, n, BLOCK=1024)
    spoil[(1,)](out, (a.data_ptr() - out.data_ptr()) // 4)
