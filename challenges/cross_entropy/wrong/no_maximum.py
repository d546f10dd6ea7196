"""The maximum is not subtracted, so exp overflows."""

import torch
import triton
import triton.language as tl

CHALLENGE = "cross_entropy"


@triton.jit
def loss_kernel(logits_ptr, target_ptr, losses_ptr, classes, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    x_row = logits_ptr + row * classes
    s = 0.0
    for start in range(0, classes, BLOCK):
        j = start + tl.arange(0, BLOCK)
        x = tl.load(x_row + j, mask=j < classes, other=-float("inf"))
        s += tl.sum(tl.exp(x), axis=0)
    x_target = tl.load(x_row + tl.load(target_ptr + row))
    tl.store(losses_ptr + row, tl.log(s) - x_target)


def solve(logits, target, out):
    rows, classes = logits.shape
    losses = torch.empty(rows, device=logits.device)
    loss_kernel[(rows,)](logits, target, losses, classes, BLOCK=4096)
    torch.mean(losses, dim=0, keepdim=True, out=out)
