"""Each row is added up element by element in a single float32."""

from torch import Tensor

CHALLENGE = "long_sum"


def solve(x: Tensor, out: Tensor) -> None:
    out.zero_()
    for column in x.T:
        out += column
