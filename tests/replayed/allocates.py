"""Scratch memory from inside the call: sums that a second kernel copies, and a counter that must be 0 at the
start of each call, because blocks take their numbers from it.
"""

import torch
import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add_by_number(a, b, sums, counter, n, B: tl.constexpr):
    number = tl.atomic_add(counter, 1)
    i = number.to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(sums + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


@triton.jit
def copy(sums, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(sums + i, mask=m), mask=m)


def solve(a, b, out):
    n = a.numel()
    grid = (triton.cdiv(n, 1024),)
    sums, counter = torch.empty_like(a), torch.zeros(1, dtype=torch.int32, device=a.device)
    add_by_number[grid](a, b, sums, counter, n, B=1024)
    copy[grid](sums, out, n, B=1024)
