"""solve is an instance of torch.nn.Module with a buffer; calling it runs hooks, then forward."""

import torch
from torch import nn

CHALLENGE = "rms_norm"


class Normalize(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))
        self.register_forward_pre_hook(lambda module, given: None)

    @torch.no_grad()
    def forward(self, x, weight, eps, out):
        wide = x.double()
        out.copy_(wide * (wide.square().mean(-1, keepdim=True) + eps).rsqrt() * weight)


solve = Normalize().eval()
