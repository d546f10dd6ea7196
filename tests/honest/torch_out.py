"""Plain PyTorch without a kernel of its own: every operation writes to a tensor that exists already."""

import torch

CHALLENGE = "layer_norm"


def solve(x, weight, bias, eps, out, mean, rstd):
    wide = x.double()
    middle, spread = (torch.empty(len(x), 1, dtype=torch.float64, device=x.device) for _ in range(2))
    torch.mean(wide, 1, keepdim=True, out=middle)
    torch.sub(wide, middle, out=wide)
    torch.mean(wide.square(), 1, keepdim=True, out=spread)
    torch.rsqrt(spread.add_(eps), out=spread)
    mean.copy_(middle[:, 0])
    rstd.copy_(spread[:, 0])
    torch.addcmul(bias.double(), wide.mul_(spread), weight.double(), out=wide)
    out.copy_(wide)
