"""tl.histogram counts 512 bins at a time, and a kernel of many programs goes through the bins in steps."""

import torch
import triton
import triton.language as tl

CHALLENGE = "histogram"


@triton.jit
def count(x, parts, n, bins, B: tl.constexpr, BINS: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    first = tl.program_id(1) * BINS
    value = tl.load(x + i, mask=i < n, other=-1) - first
    found = tl.histogram(value, BINS, mask=(value >= 0) & (value < BINS) & (i < n))
    k = tl.arange(0, BINS)
    tl.atomic_add(parts + first + k, found, mask=first + k < bins)


def solve(x, bins, out):
    wide = torch.zeros_like(out)
    count[(triton.cdiv(x.numel(), 4096), triton.cdiv(bins, 512))](x, wide, x.numel(), bins, B=4096, BINS=512)
    out.copy_(wide)
