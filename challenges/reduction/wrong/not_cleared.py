"""Adds to out, which holds garbage at entry."""

import triton
import triton.language as tl

CHALLENGE = "reduction"


@triton.jit
def sum_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    tl.atomic_add(out_ptr, tl.sum(x, axis=0))


def solve(x, out):
    n = x.numel()
    sum_kernel[(triton.cdiv(n, 4096),)](x, out, n, BLOCK=4096)
