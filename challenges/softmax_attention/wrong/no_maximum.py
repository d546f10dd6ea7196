"""The maximum is not subtracted, so exp overflows and underflows."""

from torch import Tensor

CHALLENGE = "softmax_attention"


def solve(q: Tensor, k: Tensor, v: Tensor, out: Tensor) -> None:
    p = (q @ k.T * q.shape[1] ** -0.5).exp()
    out.copy_(p @ v / p.sum(dim=1, keepdim=True))
