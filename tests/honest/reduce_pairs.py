"""tl.reduce with its own operator on pairs: the maximum so far, and the sum of exponentials below it."""

import torch
import triton
import triton.language as tl

CHALLENGE = "cross_entropy"


@triton.jit
def join(m, s, n, t):
    high = tl.maximum(m, n)
    # A column of padding is (-inf, 0): without this, -inf - (-inf) would be NaN.
    left = tl.where(m == high, s, s * tl.exp(m - high))
    right = tl.where(n == high, t, t * tl.exp(n - high))
    return high, left + right


@triton.jit
def loss(logits, target, each, classes, B: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    c = tl.arange(0, B)
    x = tl.load(logits + row * classes + c, mask=c < classes, other=float("-inf"))
    m, s = tl.reduce((x, tl.where(c < classes, 1.0, 0.0)), 0, join)
    tl.store(each + row, tl.log(s) + (m - tl.load(logits + row * classes + tl.load(target + row))))


def solve(logits, target, out):
    rows, classes = logits.shape
    each = logits.new_empty(rows)
    loss[(rows,)](logits, target, each, classes, B=triton.next_power_of_2(classes), num_warps=8)
    torch.mean(each.double(), dim=0, keepdim=True, out=(total := each.new_empty(1, dtype=torch.float64)))
    out.copy_(total)
