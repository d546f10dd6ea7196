"""Fills the whole storage of which out is a view, before it computes: where all tensors share one, the
others go with it.

Beats: in_process, whose tensors have storages of their own.
Here: wrong_answer, as guard bands and inputs are in the same storage here, and are looked at.
"""

import torch

CHALLENGE = "softmax"


def solve(x, out):
    answer = torch.softmax(x, -1)
    torch.empty(0, dtype=out.dtype).set_(out.untyped_storage()).fill_(3.0)
    out.copy_(answer)
