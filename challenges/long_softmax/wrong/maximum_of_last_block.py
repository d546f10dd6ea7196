"""The maximum is that of the last block, not of the row."""

import torch
from torch import Tensor

CHALLENGE = "long_softmax"


def solve(x: Tensor, out: Tensor) -> None:
    for block in x.split(4096, dim=-1):
        m = block.amax(dim=-1, keepdim=True)
    e = torch.exp(x - m)
    out.copy_(e / e.sum(dim=-1, keepdim=True))
