"""dx lacks the mean of g, as if the mean of the row were a constant."""

import torch
from torch import Tensor

CHALLENGE = "layer_norm_backward"


def solve(
    x: Tensor, weight: Tensor, d_out: Tensor, eps: float, dx: Tensor, dweight: Tensor, dbias: Tensor
) -> None:
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, correction=0, keepdim=True)
    rstd = torch.rsqrt(var + eps)
    xhat = (x - mean) * rstd
    g = weight * d_out
    dx.copy_(rstd * (g - xhat * (g * xhat).mean(dim=-1, keepdim=True)))
    dweight.copy_((d_out * xhat).sum(dim=0))
    dbias.copy_(d_out.sum(dim=0))
