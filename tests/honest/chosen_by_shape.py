"""Chooses its kernel by the shape: one program for many narrow rows, or many programs for each wide row."""

import torch
import triton
import triton.language as tl

CHALLENGE = "long_sum"


@triton.jit
def narrow(x, out, rows, cols, R: tl.constexpr, C: tl.constexpr):
    r = tl.program_id(0).to(tl.int64) * R + tl.arange(0, R)
    c = tl.arange(0, C)
    m = (r[:, None] < rows) & (c[None, :] < cols)
    tl.store(out + r, tl.sum(tl.load(x + r[:, None] * cols + c, mask=m, other=0.0), axis=1), mask=r < rows)


@triton.jit
def wide(x, parts, cols, B: tl.constexpr):
    row, part = tl.program_id(0).to(tl.int64), tl.program_id(1)
    c = part.to(tl.int64) * B + tl.arange(0, B)
    total = tl.sum(tl.load(x + row * cols + c, mask=c < cols, other=0.0))
    tl.store(parts + row * tl.num_programs(1) + part, total)


def sum_narrow(x, out):
    rows, cols = x.shape
    width = triton.next_power_of_2(cols)
    height = max(2048 // width, 1)
    narrow[(triton.cdiv(rows, height),)](x, out, rows, cols, R=height, C=width)


def sum_wide(x, out):
    rows, cols = x.shape
    parts = torch.empty(rows, triton.cdiv(cols, 8192), device=x.device)
    wide[parts.shape](x, parts, cols, B=8192)
    torch.sum(parts, dim=1, out=out)


KERNELS = {range(0, 2049): sum_narrow, range(2049, 1 << 40): sum_wide}


def solve(x, out):
    next(kernel for widths, kernel in KERNELS.items() if x.shape[1] in widths)(x, out)
