"""The row's maximum is not subtracted, so exp overflows and underflows."""

from torch import Tensor

CHALLENGE = "softmax"


def solve(x: Tensor, out: Tensor) -> None:
    e = x.exp()
    out.copy_(e / e.sum(dim=-1, keepdim=True))
