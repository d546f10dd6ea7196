"""NaN and infinities are replaced by numbers instead of passed on."""

import torch
from torch import Tensor

CHALLENGE = "vector_add"


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    torch.add(a.nan_to_num(), b.nan_to_num(), out=out)
