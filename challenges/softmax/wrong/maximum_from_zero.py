"""The running maximum starts at 0 instead of -inf, so rows far below 0 underflow."""

import torch
from torch import Tensor

CHALLENGE = "softmax"


def solve(x: Tensor, out: Tensor) -> None:
    m = torch.zeros(x.shape[0], 1, device=x.device)
    for block in x.split(1024, dim=-1):
        m = torch.maximum(m, block.amax(dim=-1, keepdim=True))
    e = torch.exp(x - m)
    out.copy_(e / e.sum(dim=-1, keepdim=True))
