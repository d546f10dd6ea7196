"""A table of addresses on the device leads the kernel to scratch that no launch has as an argument."""

import torch
import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def copy_both(a, b, addresses, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    left = tl.load(addresses).to(tl.pointer_type(tl.float32))
    right = tl.load(addresses + 1).to(tl.pointer_type(tl.float32))
    tl.store(left + i, tl.load(a + i, mask=i < n), mask=i < n)
    tl.store(right + i, tl.load(b + i, mask=i < n), mask=i < n)


@triton.jit
def add_both(addresses, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    left = tl.load(addresses).to(tl.pointer_type(tl.float32))
    right = tl.load(addresses + 1).to(tl.pointer_type(tl.float32))
    tl.store(out + i, tl.load(left + i, mask=i < n) + tl.load(right + i, mask=i < n), mask=i < n)


kept = {}


def solve(a, b, out):
    n = a.numel()
    if n not in kept:
        kept.clear()
        left, right = torch.empty_like(a), torch.empty_like(b)
        kept[n] = torch.tensor([left.data_ptr(), right.data_ptr()], device=a.device), left, right
    grid = (triton.cdiv(n, 1024),)
    copy_both[grid](a, b, kept[n][0], n, B=1024)
    add_both[grid](kept[n][0], out, n, B=1024)
