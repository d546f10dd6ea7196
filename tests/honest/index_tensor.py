"""A tensor of 64-bit indices, made with torch.arange in each call, that the kernel gathers by."""

import torch
import triton
import triton.language as tl

CHALLENGE = "reverse_array"


@triton.jit
def gather(x, index, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B).to(tl.int64)
    tl.store(out + i, tl.load(x + tl.load(index + i, mask=i < n, other=0), mask=i < n), mask=i < n)


def solve(x, out):
    n = x.numel()
    index = torch.arange(n - 1, -1, -1, dtype=torch.int64, device=x.device)
    gather[(triton.cdiv(n, 1024),)](x, index, out, n, B=1024)
