"""A while loop whose length is a value in memory, and programs that return early."""

import triton
import triton.language as tl

CHALLENGE = "spmv"


@triton.jit
def multiply(values, columns, row_starts, x, rows, out, B: tl.constexpr):
    row = tl.program_id(0)
    if row >= rows:
        return
    at, past = tl.load(row_starts + row), tl.load(row_starts + row + 1)
    total = tl.zeros([B], tl.float64)
    while at < past:
        k = at + tl.arange(0, B)
        there = tl.load(columns + k, mask=k < past, other=0)
        value = tl.load(values + k, mask=k < past, other=0.0).to(tl.float64)
        total += tl.where(k < past, value * tl.load(x + there), 0.0)
        at += B
    tl.store(out + row, tl.sum(total).to(tl.float32))


def solve(values, columns, row_starts, x, rows, out):
    # More programs than rows: a round number.
    multiply[(triton.cdiv(rows, 64) * 64,)](values, columns, row_starts, x, rows, out, B=64)
