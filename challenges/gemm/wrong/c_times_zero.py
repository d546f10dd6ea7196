"""With beta = 0, c is multiplied by 0 instead of being ignored, and NaN stays NaN."""

from torch import Tensor

CHALLENGE = "gemm"


def solve(a: Tensor, b: Tensor, c: Tensor, alpha: float, beta: float, out: Tensor) -> None:
    out.copy_(alpha * (a.float() @ b.float()) + beta * c.float())
