"""A context manager lends scratch for the time of a call, and gives it back also after an error."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "cross_entropy"

shelf: list[Tensor] = []


@contextmanager
def lent(count: int, device: torch.device) -> Iterator[Tensor]:
    fits = [tensor for tensor in shelf if tensor.numel() >= count]
    tensor = fits[0] if fits else torch.empty(count, device=device)
    try:
        yield tensor[:count]
    finally:
        if not fits:
            shelf.append(tensor)


@triton.jit
def losses(logits, target, each, classes, B: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    c = tl.arange(0, B)
    x = tl.load(logits + row * classes + c, mask=c < classes, other=float("-inf"))
    high = tl.max(x)
    wanted = tl.load(logits + row * classes + tl.load(target + row))
    tl.store(each + row, tl.log(tl.sum(tl.exp(x - high))) + (high - wanted))


def solve(logits: Tensor, target: Tensor, out: Tensor) -> None:
    rows, classes = logits.shape
    with ExitStack() as stack:
        each = stack.enter_context(lent(rows, logits.device))
        losses[(rows,)](logits, target, each, classes, B=triton.next_power_of_2(classes), num_warps=8)
        out.copy_(each.double().mean())
