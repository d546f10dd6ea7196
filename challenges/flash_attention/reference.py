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


# What else there is to compare with. PyTorch's own kernels give lse too; the public ways to them do not.

from functools import cache

from torch.nn.functional import scaled_dot_product_attention


def sdpa(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    return scaled_dot_product_attention(q, k, v, is_causal=causal)


def sdpa_flash(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Attention:
    out, lse, *_ = torch.ops.aten._scaled_dot_product_flash_attention(q, k, v, 0.0, causal)
    return Attention(out, lse)


def sdpa_cudnn(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Attention:
    if q.dtype not in (torch.float16, torch.bfloat16):
        raise TypeError("cuDNN has no attention in this dtype")  # and would not say so
    out, lse, *_ = torch.ops.aten._scaled_dot_product_cudnn_attention(q, k, v, None, True, 0.0, causal)
    return Attention(out, lse.view(q.shape[:-1]))


def sdpa_efficient(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Attention:
    out, lse, *_ = torch.ops.aten._scaled_dot_product_efficient_attention(q, k, v, None, True, 0.0, causal)
    return Attention(out, lse[..., : q.shape[-2]])  # it comes padded


def flex(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    mask = causal_blocks(q.shape[-2], q.device) if causal else None
    return compiled_flex()(q, k, v, block_mask=mask)


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
    "sdpa-flash": sdpa_flash,
    "sdpa-cudnn": sdpa_cudnn,
    "sdpa-efficient": sdpa_efficient,
    "flex": flex,
}
