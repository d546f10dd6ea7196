"""The row is padded with 0, not with -inf."""

import torch
import triton
import triton.language as tl

CHALLENGE = "cross_entropy"


@triton.jit
def loss_kernel(logits_ptr, target_ptr, losses_ptr, classes, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    x_row = logits_ptr + row * classes
    j = tl.arange(0, BLOCK)
    x = tl.load(x_row + j, mask=j < classes, other=0.0)
    m = tl.max(x, axis=0)
    x_target = tl.load(x_row + tl.load(target_ptr + row))
    tl.store(losses_ptr + row, tl.log(tl.sum(tl.exp(x - m), axis=0)) + (m - x_target))


def solve(logits, target, out):
    rows, classes = logits.shape
    losses = torch.empty(rows, device=logits.device)
    loss_kernel[(rows,)](logits, target, losses, classes, BLOCK=triton.next_power_of_2(classes))
    torch.mean(losses, dim=0, keepdim=True, out=out)
