"""Reads what lies after an input, and lets it count for nothing in the result: on a GPU it would read
another program's data, or fault.

Beats: in_process, where such a read goes unseen.
Here: wrong_answer, as the interpreter sees accesses outside of all buffers.
"""

import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def kernel(a, b, out, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    beyond = tl.load(a.to(tl.pointer_type(tl.int32)) + n + i % 16) & 0
    total = tl.load(a + i, mask=i < n) + tl.load(b + i, mask=i < n)
    tl.store(out + i, tl.where(beyond == 0, total, 0.0), mask=i < n)


def solve(a, b, out):
    n = a.numel()
    kernel[(triton.cdiv(n, 64),)](a, b, out, n, BLOCK=64)
