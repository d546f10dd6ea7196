"""The mask is that of x, not that of the product."""

import torch
from torch import Tensor

CHALLENGE = "outer_multiply_relu_backward"


def solve(x: Tensor, y: Tensor, d_out: Tensor, out: Tensor) -> None:
    out.copy_(torch.where(x > 0, d_out * y[:, None], 0.0))
