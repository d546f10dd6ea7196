"""The last block is padded with 1, the neutral element of the product, not of the sum."""

import torch
import triton
import triton.language as tl

CHALLENGE = "dot_product"


@triton.jit
def dot_kernel(a_ptr, b_ptr, partial_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    a = tl.load(a_ptr + i, mask=i < n, other=1.0)
    b = tl.load(b_ptr + i, mask=i < n, other=1.0)
    tl.store(partial_ptr + tl.program_id(0), tl.sum(a * b, axis=0))


def solve(a, b, out):
    n = a.numel()
    partial = torch.empty(triton.cdiv(n, 4096), device=a.device)
    dot_kernel[(partial.numel(),)](a, b, partial, n, BLOCK=4096)
    torch.sum(partial, dim=0, keepdim=True, out=out)
