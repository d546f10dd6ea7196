"""The partial sums are kept in float16."""

import torch
import triton
import triton.language as tl

CHALLENGE = "reduction"


@triton.jit
def sum_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    acc = tl.zeros([BLOCK], dtype=tl.float16)
    for start in range(tl.program_id(0) * BLOCK, n, tl.num_programs(0) * BLOCK):
        i = start + tl.arange(0, BLOCK)
        acc += tl.load(x_ptr + i, mask=i < n, other=0.0).to(tl.float16)
    tl.store(out_ptr + tl.program_id(0), tl.sum(acc, axis=0))


def solve(x, out):
    partial = torch.empty(16, device=x.device)
    sum_kernel[(16,)](x, partial, x.numel(), BLOCK=2048)
    sum_kernel[(1,)](partial, out, 16, BLOCK=16)
