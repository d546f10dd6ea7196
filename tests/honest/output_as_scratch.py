"""Uses the output as scratch: first for the running sums of each block, then for the final ones."""

import torch
import triton
import triton.language as tl

CHALLENGE = "prefix_sum"


@triton.jit
def scan_blocks(x, out, totals, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    part = tl.load(x + i, mask=i < n, other=0.0)
    tl.store(out + i, tl.cumsum(part, axis=0), mask=i < n)
    tl.store(totals + tl.program_id(0), tl.sum(part.to(tl.float64)))


@triton.jit
def add_before(out, before, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    own = tl.load(out + i, mask=i < n)
    tl.store(out + i, (own + tl.load(before + tl.program_id(0))).to(tl.float32), mask=i < n)


def solve(x, out):
    n = x.numel()
    programs = triton.cdiv(n, 2048)
    totals = torch.empty(programs, dtype=torch.float64, device=x.device)
    scan_blocks[(programs,)](x, out, totals, n, B=2048)
    add_before[(programs,)](out, totals.cumsum(0) - totals, n, B=2048)
