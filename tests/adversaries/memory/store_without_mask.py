"""Is right, but its last block stores one element after the end of out, by a kernel.

Beats: in_process, which looks only at the outputs.
Here: wrong_answer, as the interpreter sees the access, and the guard band would.
"""

import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def kernel(a, b, out, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    total = tl.load(a + i, mask=i < n, other=0.0) + tl.load(b + i, mask=i < n, other=0.0)
    tl.store(out + i, total, mask=i <= n)


def solve(a, b, out):
    n = a.numel()
    kernel[(triton.cdiv(n, 1024),)](a, b, out, n, BLOCK=1024)
