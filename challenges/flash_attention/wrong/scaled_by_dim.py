"""Scores are divided by dim instead of its square root."""

import torch
from torch import Tensor

CHALLENGE = "flash_attention"


def solve(q: Tensor, k: Tensor, v: Tensor, causal: bool, out: Tensor, lse: Tensor) -> None:
    seq, dim = q.shape[-2:]
    s = q.float() @ k.float().mT / dim
    if causal:
        s = s.masked_fill(torch.ones(seq, seq, device=q.device).triu(1).bool(), -torch.inf)
    lse.copy_(s.logsumexp(-1))
    out.copy_(s.softmax(-1) @ v.float())
