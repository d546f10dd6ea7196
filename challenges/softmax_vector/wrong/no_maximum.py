"""The maximum is not subtracted, so exp overflows and underflows."""

from torch import Tensor

CHALLENGE = "softmax_vector"


def solve(x: Tensor, out: Tensor) -> None:
    e = x.exp()
    out.copy_(e / e.sum())
