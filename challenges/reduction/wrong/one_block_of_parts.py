"""The second pass sums the first 64 partial sums only."""

import torch
import triton
import triton.language as tl

CHALLENGE = "reduction"


@triton.jit
def sum_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    tl.store(out_ptr + tl.program_id(0), tl.sum(x, axis=0))


def solve(x, out):
    n = x.numel()
    parts = triton.cdiv(n, 4096)
    partial = torch.empty(parts, device=x.device)
    sum_kernel[(parts,)](x, partial, n, BLOCK=4096)
    sum_kernel[(1,)](partial, out, parts, BLOCK=64)
