"""The products are added up in float16."""

import torch
import triton
import triton.language as tl

CHALLENGE = "dot_product"


@triton.jit
def dot_kernel(a_ptr, b_ptr, partial_ptr, n, BLOCK: tl.constexpr):
    acc = tl.zeros([BLOCK], dtype=tl.float16)
    for start in range(tl.program_id(0) * BLOCK, n, tl.num_programs(0) * BLOCK):
        i = start + tl.arange(0, BLOCK)
        a = tl.load(a_ptr + i, mask=i < n, other=0.0)
        b = tl.load(b_ptr + i, mask=i < n, other=0.0)
        acc += (a * b).to(tl.float16)
    tl.store(partial_ptr + tl.program_id(0), tl.sum(acc, axis=0))


def solve(a, b, out):
    partial = torch.empty(16, device=a.device)
    dot_kernel[(16,)](a, b, partial, a.numel(), BLOCK=2048)
    torch.sum(partial, dim=0, keepdim=True, out=out)
