"""The causal mask hides each query's own key: j < i instead of j <= i (and query 0 sees key 0 at least)."""

import torch
from torch import Tensor

CHALLENGE = "flash_attention"


def solve(q: Tensor, k: Tensor, v: Tensor, causal: bool, out: Tensor, lse: Tensor) -> None:
    seq, dim = q.shape[-2:]
    s = q.float() @ k.float().mT * dim**-0.5
    if causal:
        i = torch.arange(seq, device=q.device)
        visible = (i < i[:, None]) | (i == 0)
        s = s.masked_fill(~visible, -torch.inf)
    lse.copy_(s.logsumexp(-1))
    out.copy_(s.softmax(-1) @ v.float())
