from typing import NamedTuple

import torch
from jaxtyping import Float, Float32
from torch import Tensor


class Gradients(NamedTuple):
    dq: Float[Tensor, "batch heads seq dim"]
    dk: Float[Tensor, "batch heads seq dim"]
    dv: Float[Tensor, "batch heads seq dim"]


def reference(
    q: Float[Tensor, "batch heads seq dim"],
    k: Float[Tensor, "batch heads seq dim"],
    v: Float[Tensor, "batch heads seq dim"],
    out: Float[Tensor, "batch heads seq dim"],
    lse: Float32[Tensor, "batch heads seq"],
    d_out: Float[Tensor, "batch heads seq dim"],
    causal: bool,
) -> Gradients:
    wide = torch.promote_types(q.dtype, torch.float32)
    scale = q.shape[-1] ** -0.5
    # The seq x seq matrices are what takes memory: in place, no more than two of them are alive.
    p = (q.to(wide) @ k.to(wide).mT).mul_(scale).sub_(lse[..., None]).exp_()
    if causal:
        p.tril_()
    dv = p.to(q.dtype).mT @ d_out
    delta = (d_out.to(wide) * out).sum(dim=-1, keepdim=True)
    ds = (d_out.to(wide) @ v.to(wide).mT).sub_(delta).mul_(p)
    del p
    ds = ds.to(q.dtype)
    return Gradients((ds @ k).mul_(scale), (ds.mT @ q).mul_(scale), dv)


def flops(q: Tensor, k: Tensor, v: Tensor, out: Tensor, lse: Tensor, d_out: Tensor, causal: bool) -> int:
    batch, heads, seq, dim = q.shape
    # Five products of seq x seq x dim: scores, dp, dq, dk and dv. A causal mask leaves half of each.
    return 10 * batch * heads * seq * seq * dim // (2 if causal else 1)
