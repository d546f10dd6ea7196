"""A block begins with the sum of the block before it, not of all blocks before it."""

import torch
import triton
import triton.language as tl

CHALLENGE = "prefix_sum"


@triton.jit
def sum_kernel(x_ptr, sums_ptr, n, BLOCK: tl.constexpr):
    block = tl.program_id(0).to(tl.int64)
    i = block * BLOCK + tl.arange(0, BLOCK)
    tl.store(sums_ptr + block, tl.sum(tl.load(x_ptr + i, mask=i < n, other=0.0), axis=0))


@triton.jit
def scan_kernel(x_ptr, sums_ptr, out_ptr, n, BLOCK: tl.constexpr):
    block = tl.program_id(0).to(tl.int64)
    i = block * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    before = tl.load(sums_ptr + block - 1, mask=block > 0, other=0.0)
    tl.store(out_ptr + i, before + tl.cumsum(x, axis=0), mask=i < n)


def solve(x, out):
    n = x.numel()
    sums = torch.empty(triton.cdiv(n, 4096), device=x.device)
    sum_kernel[(sums.numel(),)](x, sums, n, BLOCK=4096)
    scan_kernel[(sums.numel(),)](x, sums, out, n, BLOCK=4096)
