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


# What else there is to compare with: autograd through PyTorch's own attention, by each of its kernels.

from functools import cache

from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention


def sdpa(q: Tensor, k: Tensor, v: Tensor, d_out: Tensor, causal: bool) -> Results:
    return through(lambda *qkv: scaled_dot_product_attention(*qkv, is_causal=causal), q, k, v, d_out)


def sdpa_math(q: Tensor, k: Tensor, v: Tensor, d_out: Tensor, causal: bool) -> Results:
    with sdpa_kernel(SDPBackend.MATH):
        return sdpa(q, k, v, d_out, causal)


def sdpa_flash(q: Tensor, k: Tensor, v: Tensor, d_out: Tensor, causal: bool) -> Results:
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        return sdpa(q, k, v, d_out, causal)


def sdpa_cudnn(q: Tensor, k: Tensor, v: Tensor, d_out: Tensor, causal: bool) -> Results:
    with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
        return sdpa(q, k, v, d_out, causal)


def sdpa_efficient(q: Tensor, k: Tensor, v: Tensor, d_out: Tensor, causal: bool) -> Results:
    with sdpa_kernel(SDPBackend.EFFICIENT_ATTENTION):
        return sdpa(q, k, v, d_out, causal)


def flex(q: Tensor, k: Tensor, v: Tensor, d_out: Tensor, causal: bool) -> Results:
    mask = causal_blocks(q.shape[-2], q.device) if causal else None
    return through(lambda *qkv: compiled_flex()(*qkv, block_mask=mask), q, k, v, d_out)


def through(attention, q: Tensor, k: Tensor, v: Tensor, d_out: Tensor) -> Results:
    qkv = tuple(t.detach().requires_grad_() for t in (q, k, v))
    out = attention(*qkv)
    return Results(out.detach(), *torch.autograd.grad(out, qkv, d_out))


@cache
def compiled_flex():
    from torch.nn.attention.flex_attention import flex_attention  # takes a second

    return torch.compile(flex_attention, dynamic=False)


@cache
def causal_blocks(seq: int, device: torch.device):
    """Made in the first call of a shape, which is not timed."""
    from torch.nn.attention.flex_attention import create_block_mask

    return create_block_mask(lambda b, h, i, j: i >= j, None, None, seq, seq, device=device)


BASELINES = {
    "sdpa": sdpa,
    "sdpa-math": sdpa_math,
    "sdpa-flash": sdpa_flash,
    "sdpa-cudnn": sdpa_cudnn,
    "sdpa-efficient": sdpa_efficient,
    "flex": flex,
}
