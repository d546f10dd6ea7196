import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Float32
from torch import Tensor


class Attention(NamedTuple):
    out: Float[Tensor, "batch heads seq dim"]
    lse: Float32[Tensor, "batch heads seq"]


def reference(
    q: Float[Tensor, "batch heads seq dim"],
    k: Float[Tensor, "batch heads seq dim"],
    v: Float[Tensor, "batch heads seq dim"],
    causal: bool,
) -> Attention:
    seq, dim = q.shape[-2:]
    wide = torch.promote_types(q.dtype, torch.float32)
    scores = (q.to(wide) * (1 / math.sqrt(dim))) @ k.to(wide).mT
    if causal:
        above = torch.ones(seq, seq, dtype=torch.bool, device=q.device).triu_(1)
        scores.masked_fill_(above, -torch.inf)
    # As scores.logsumexp(-1) and a softmax, but in place: the scores are by far the largest tensor.
    largest = scores.amax(-1, keepdim=True)
    p = scores.sub_(largest).exp_()
    total = p.sum(-1, keepdim=True)
    lse = (largest + total.log()).squeeze(-1)
    return Attention(p.div_(total).to(v.dtype) @ v, lse)


def flops(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> int:
    batch, heads, seq, dim = q.shape
    both = 4 * batch * heads * seq * seq * dim  # two products, a multiplication and an addition per term
    return both // 2 if causal else both
