import torch
from jaxtyping import Float16
from torch import Tensor


def reference(
    a: Float16[Tensor, "batch m k"], b: Float16[Tensor, "batch k n"]
) -> Float16[Tensor, "batch m n"]:
    return torch.bmm(a, b)


def flops(a: Tensor, b: Tensor) -> int:
    batch, m, k = a.shape
    n = b.shape[2]
    return 2 * batch * m * n * k  # one multiplication and one addition per term
