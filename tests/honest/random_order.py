"""Takes the rows in a random order, drawn anew in each call: the answer does not depend on it."""

import torch
import triton
import triton.language as tl

CHALLENGE = "long_sum"


@triton.jit
def sum_row(x, order, out, cols, B: tl.constexpr):
    row = tl.load(order + tl.program_id(0))
    total = tl.zeros([B], tl.float32)
    for start in range(0, cols, B):
        c = start + tl.arange(0, B)
        total += tl.load(x + row * cols + c, mask=c < cols, other=0.0)
    tl.store(out + row, tl.sum(total))


def solve(x, out):
    rows, cols = x.shape
    order = torch.rand(rows, device=x.device).argsort()
    sum_row[(rows,)](x, order, out, cols, B=1024)
