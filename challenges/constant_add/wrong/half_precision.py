"""The addition is done in fp16."""

from torch import Tensor

CHALLENGE = "constant_add"


def solve(x: Tensor, out: Tensor) -> None:
    out.copy_(x.half() + 10)
