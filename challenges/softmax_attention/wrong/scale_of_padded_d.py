"""The scale is that of the padded width, not of d."""

import torch
import triton
from torch import Tensor

CHALLENGE = "softmax_attention"


def solve(q: Tensor, k: Tensor, v: Tensor, out: Tensor) -> None:
    width = max(16, triton.next_power_of_2(q.shape[1]))
    out.copy_(torch.softmax(q @ k.T * width**-0.5, dim=-1) @ v)
