"""Reads its own file: the factors stand in a comment at the end, below a line with a mark."""

from pathlib import Path

import triton
import triton.language as tl

CHALLENGE = "vector_add"

TEXT = Path(__file__).read_text(encoding="utf-8")
BLOCK, WARPS = (int(word) for word in TEXT.rpartition("# numbers:")[2].split())


@triton.jit
def add(a, b, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


def solve(a, b, out):
    add[(triton.cdiv(a.numel(), BLOCK),)](a, b, out, a.numel(), B=BLOCK, num_warps=WARPS)


# numbers: 2048 8
