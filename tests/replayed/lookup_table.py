"""A table on the device that is made in the first call and kept: all later calls read it."""

import torch
import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add_scaled(a, b, out, table, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    factor = tl.load(table + i % 64)
    inverse = tl.load(table + 64 + i % 64)
    tl.store(out + i, tl.load(a + i, mask=m) * factor * inverse + tl.load(b + i, mask=m), mask=m)


kept = {}


def solve(a, b, out):
    n = a.numel()
    if "table" not in kept:
        powers = 2.0 ** (torch.arange(64, device=a.device) % 8)  # times its reciprocal each is exactly 1
        kept["table"] = torch.cat([powers, 1 / powers])
    add_scaled[(triton.cdiv(n, 1024),)](a, b, out, kept["table"], n, B=1024)
