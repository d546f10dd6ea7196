"""When the maximum grows, the sum of weights is scaled down but not the sum of values."""

import torch
from torch import Tensor

CHALLENGE = "softmax_attention"


def solve(q: Tensor, k: Tensor, v: Tensor, out: Tensor) -> None:
    top = q.new_full((len(q), 1), -torch.inf)
    total = torch.zeros_like(top)
    acc = torch.zeros_like(out)
    for keys, values in zip(k.split(64), v.split(64), strict=True):
        s = q @ keys.T * q.shape[1] ** -0.5
        top_new = torch.maximum(top, s.amax(dim=1, keepdim=True))
        p = (s - top_new).exp()
        total = total * (top - top_new).exp() + p.sum(dim=1, keepdim=True)
        acc = acc + p @ values
        top = top_new
    out.copy_(acc / total)
