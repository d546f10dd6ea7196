"""The inputs are rounded to tf32, as tl.dot does by default."""

import torch
from torch import Tensor

CHALLENGE = "conv1d"


def tf32(x: Tensor) -> Tensor:
    return ((x.view(torch.int32) + 0x1000) & ~0x1FFF).view(torch.float32)


def solve(x: Tensor, w: Tensor, out: Tensor) -> None:
    out.copy_(torch.nn.functional.conv1d(tf32(x)[None, None], tf32(w)[None, None])[0, 0])
