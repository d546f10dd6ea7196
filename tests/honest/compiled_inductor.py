"""torch.compile inside of solve: the first call of each shape takes seconds, and Inductor makes the kernels.

Needs: GPU
"""

from functools import cache

import torch

CHALLENGE = "rms_norm"


def normalized(x, weight, eps):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * weight


@cache
def compiled(shape):
    return torch.compile(normalized, dynamic=False)


def solve(x, weight, eps, out):
    out.copy_(compiled(tuple(x.shape))(x, weight, eps))
