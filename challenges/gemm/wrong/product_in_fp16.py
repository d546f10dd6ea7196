"""The product is rounded to fp16 before it is scaled and c is added."""

from torch import Tensor

CHALLENGE = "gemm"


def solve(a: Tensor, b: Tensor, c: Tensor, alpha: float, beta: float, out: Tensor) -> None:
    product = (a @ b).float() * alpha
    out.copy_(product + beta * c.float() if beta else product)
