"""The filter is flipped, as in the mathematical definition of convolution."""

import torch
from torch import Tensor

CHALLENGE = "conv2d"


def solve(x: Tensor, w: Tensor, out: Tensor) -> None:
    out.copy_(torch.nn.functional.conv2d(x[None, None], w.flip(0, 1)[None, None])[0, 0])
