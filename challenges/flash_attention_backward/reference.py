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


# What else there is to compare with: PyTorch's own kernels, on our out and lse. Where they want their tensors
# as [batch, seq, heads, dim], they copy some of them: part of the price.

from functools import cache

from torch.nn.functional import pad


def sdpa_flash(
    q: Tensor, k: Tensor, v: Tensor, out: Tensor, lse: Tensor, d_out: Tensor, causal: bool
) -> Gradients:
    seq = q.shape[-2]
    unused = torch.empty(2, dtype=torch.uint64, device=q.device)  # a seed, for dropout
    return Gradients(
        *torch.ops.aten._scaled_dot_product_flash_attention_backward(
            d_out, q, k, v, out, lse, None, None, seq, seq, 0.0, causal, unused, unused
        )
    )


def sdpa_cudnn(
    q: Tensor, k: Tensor, v: Tensor, out: Tensor, lse: Tensor, d_out: Tensor, causal: bool
) -> Gradients:
    if q.dtype not in (torch.float16, torch.bfloat16):
        raise TypeError("cuDNN has no attention in this dtype")  # and would not say so
    seq = q.shape[-2]
    unused = torch.empty((), dtype=torch.int64, device=q.device)
    return Gradients(
        *torch.ops.aten._scaled_dot_product_cudnn_attention_backward(
            *(d_out, q, k, v, out, lse.view(*lse.shape, *cudnn_lse_tail(q.device)), unused, unused),
            *(None, None, None, seq, seq, 0.0, causal),
        )
    )


@cache
def cudnn_lse_tail(device: torch.device) -> tuple[int, ...]:
    """What follows [batch, heads, seq] in the shape of cuDNN's lse: 1 or nothing, as PyTorch's version is."""
    x = torch.zeros(1, 1, 64, 64, dtype=torch.float16, device=device)
    _, lse, *_ = torch.ops.aten._scaled_dot_product_cudnn_attention(x, x, x, None, True)
    return tuple(lse.shape[3:])


def sdpa_efficient(
    q: Tensor, k: Tensor, v: Tensor, out: Tensor, lse: Tensor, d_out: Tensor, causal: bool
) -> Gradients:
    padded = pad(lse, (0, -q.shape[-2] % 32)) if q.shape[-2] % 32 else lse
    # In half precision the kernel itself sums out * d_out, and takes out to lie in memory as its own forward
    # leaves it, [batch, seq, heads, dim] (torch 2.11): in another layout it reads values of other rows.
    out = out.transpose(1, 2).contiguous().transpose(1, 2)
    unused = torch.empty((), dtype=torch.int64, device=q.device)
    dq, dk, dv, _ = torch.ops.aten._scaled_dot_product_efficient_attention_backward(
        *(d_out, q, k, v, None, out, padded, unused, unused),
        *(0.0, [True, True, True, False], causal),
    )
    return Gradients(dq, dk, dv)


BASELINES = {"sdpa-flash": sdpa_flash, "sdpa-cudnn": sdpa_cudnn, "sdpa-efficient": sdpa_efficient}
