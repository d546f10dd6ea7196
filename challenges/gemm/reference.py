import torch
from jaxtyping import Float16
from torch import Tensor


def reference(
    a: Float16[Tensor, "m k"],
    b: Float16[Tensor, "k n"],
    c: Float16[Tensor, "m n"],
    alpha: float,
    beta: float,
) -> Float16[Tensor, "m n"]:
    # With beta = 0 PyTorch does not read c, as in BLAS.
    return torch.addmm(c, a, b, alpha=alpha, beta=beta)


def flops(a: Tensor, b: Tensor, c: Tensor, alpha: float, beta: float) -> int:
    m, k = a.shape
    n = b.shape[1]
    return 2 * m * n * k + 3 * m * n  # the product; two factors and their sum
