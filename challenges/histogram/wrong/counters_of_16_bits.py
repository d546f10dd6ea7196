"""The counters are 16 bits wide and overflow."""

import torch
from torch import Tensor

CHALLENGE = "histogram"


def solve(x: Tensor, bins: int, out: Tensor) -> None:
    counts = torch.zeros(bins, dtype=torch.int16, device=x.device)
    counts.index_add_(0, x, torch.ones_like(x, dtype=torch.int16))
    out.copy_(counts)
