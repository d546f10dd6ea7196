"""Every program stores its own sum in out, and the last one wins."""

import triton
import triton.language as tl

CHALLENGE = "dot_product"


@triton.jit
def dot_kernel(a_ptr, b_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    a = tl.load(a_ptr + i, mask=i < n, other=0.0)
    b = tl.load(b_ptr + i, mask=i < n, other=0.0)
    tl.store(out_ptr, tl.sum(a * b, axis=0))


def solve(a, b, out):
    n = a.numel()
    dot_kernel[(triton.cdiv(n, 4096),)](a, b, out, n, BLOCK=4096)
