"""Computes exponentials and their sum in float16, between inputs and outputs of float32.

Beats: loose, as probabilities are at most 1 and it allows 0.01.
Here: wrong_answer, as float16 is off by up to 2**-11, far more than float32.
"""

import triton
import triton.language as tl

CHALLENGE = "softmax"


@triton.jit
def kernel(x, out, cols, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    row = tl.load(x + tl.program_id(0) * cols + i, i < cols, -float("inf"))
    largest = tl.max(row, 0)
    p = tl.exp(row - largest).to(tl.float16)
    total = tl.sum(p.to(tl.float32), 0)
    tl.store(out + tl.program_id(0) * cols + i, (p / total.to(tl.float16)).to(tl.float32), i < cols)


def solve(x, out):
    kernel[(x.shape[0],)](x, out, x.shape[1], BLOCK=triton.next_power_of_2(x.shape[1]))
