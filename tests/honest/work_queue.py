"""Programs take tickets from a counter until no row is left: which one does what is left to chance."""

import torch
import triton
import triton.language as tl

CHALLENGE = "layer_norm"


@triton.jit
def normalize(x, weight, bias, eps, out, mean, rstd, tickets, rows, cols, B: tl.constexpr):
    c = tl.arange(0, B)
    m = c < cols
    row = tl.atomic_add(tickets, 1)
    while row < rows:
        begin = row.to(tl.int64) * cols
        each = tl.load(x + begin + c, mask=m, other=0.0)
        middle = tl.sum(each) / cols
        centred = tl.where(m, each - middle, 0.0)
        scale = 1 / tl.sqrt(tl.sum(centred * centred) / cols + eps)
        tl.store(mean + row, middle)
        tl.store(rstd + row, scale)
        result = centred * scale * tl.load(weight + c, mask=m) + tl.load(bias + c, mask=m)
        tl.store(out + begin + c, result, mask=m)
        row = tl.atomic_add(tickets, 1)


def solve(x, weight, bias, eps, out, mean, rstd):
    rows, cols = x.shape
    tickets = torch.zeros(1, dtype=torch.int32, device=x.device)
    width = triton.next_power_of_2(cols)
    args = (x, weight, bias, eps, out, mean, rstd, tickets, rows, cols)
    normalize[(512 if x.is_cuda else 4,)](*args, B=width, num_warps=8)
