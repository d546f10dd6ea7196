from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class Results(NamedTuple):
    out: Float[Tensor, "batch heads seq dim"]
    dq: Float[Tensor, "batch heads seq dim"]
    dk: Float[Tensor, "batch heads seq dim"]
    dv: Float[Tensor, "batch heads seq dim"]


def reference(
    q: Float[Tensor, "batch heads seq dim"],
    k: Float[Tensor, "batch heads seq dim"],
    v: Float[Tensor, "batch heads seq dim"],
    d_out: Float[Tensor, "batch heads seq dim"],
    causal: bool,
) -> Results:
    wide = torch.promote_types(q.dtype, torch.float32)
    seq, dim = q.shape[-2:]
    scale = dim**-0.5
    # The seq x seq matrices are what takes memory: in place, no more than two of them are alive.
    s = (q.to(wide) @ k.to(wide).mT).mul_(scale)
    if causal:
        s.masked_fill_(torch.ones(seq, seq, dtype=torch.bool, device=q.device).triu(1), -torch.inf)
    lse = s.logsumexp(dim=-1, keepdim=True)
    p = s.sub_(lse).exp_()
    narrow = p.to(q.dtype)
    out = narrow @ v
    dv = narrow.mT @ d_out
    del narrow
    delta = (d_out.to(wide) * out).sum(dim=-1, keepdim=True)
    ds = (d_out.to(wide) @ v.to(wide).mT).sub_(delta).mul_(p)
    del s, p  # one and the same
    ds = ds.to(q.dtype)
    return Results(out, (ds @ k).mul_(scale), (ds.mT @ q).mul_(scale), dv)


def flops(q: Tensor, k: Tensor, v: Tensor, d_out: Tensor, causal: bool) -> int:
    batch, heads, seq, dim = q.shape
    # Seven products of seq x seq x dim, two forward and five backward. A causal mask leaves half of each.
    return 14 * batch * heads * seq * seq * dim // (2 if causal else 1)
