"""The gradient also passes where the product is 0."""

import torch
from torch import Tensor

CHALLENGE = "outer_multiply_relu_backward"


def solve(x: Tensor, y: Tensor, d_out: Tensor, out: Tensor) -> None:
    out.copy_(torch.where(x * y[:, None] >= 0, d_out * y[:, None], 0.0))
