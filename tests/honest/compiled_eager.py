"""torch.compile with the backend "eager" inside of solve: it traces the Python, and compiles nothing."""

import torch

CHALLENGE = "rms_norm"


def solve(x, weight, eps, out):
    @torch.compile(backend="eager", dynamic=True)
    def normalized(x, weight, eps):
        wide = x.double()
        return wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + eps) * weight

    out.copy_(normalized(x, weight, eps))
