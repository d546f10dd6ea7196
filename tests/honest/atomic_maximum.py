"""The maximum of a vector by atomic_max, and the sum of its exponentials by atomic_add, in scratch cells."""

import torch
import triton
import triton.language as tl

CHALLENGE = "softmax_vector"


@triton.jit
def maximum(x, cells, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    tl.atomic_max(cells, tl.max(tl.load(x + i, mask=i < n, other=float("-inf"))))


@triton.jit
def add(x, cells, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    each = tl.exp(tl.load(x + i, mask=i < n, other=float("-inf")) - tl.load(cells))
    tl.atomic_add(cells + 1, tl.sum(each))


@triton.jit
def divide(x, cells, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    each = tl.exp(tl.load(x + i, mask=i < n) - tl.load(cells))
    tl.store(out + i, each / tl.load(cells + 1), mask=i < n)


def solve(x, out):
    n = x.numel()
    cells = torch.zeros(2, device=x.device)
    cells[:1].fill_(float("-inf"))
    grid = (triton.cdiv(n, 4096),)
    maximum[grid](x, cells, n, B=4096)
    add[grid](x, cells, n, B=4096)
    divide[grid](x, cells, out, n, B=4096)
