"""Each block subtracts its own maximum, so the blocks do not fit together."""

import torch
from torch import Tensor

CHALLENGE = "softmax"


def solve(x: Tensor, out: Tensor) -> None:
    blocks = x.split(1024, dim=-1)
    e = torch.cat([(block - block.amax(dim=-1, keepdim=True)).exp() for block in blocks], dim=-1)
    out.copy_(e / e.sum(dim=-1, keepdim=True))
