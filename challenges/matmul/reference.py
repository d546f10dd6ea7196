from jaxtyping import Float16
from torch import Tensor


def reference(a: Float16[Tensor, "m k"], b: Float16[Tensor, "k n"]) -> Float16[Tensor, "m n"]:
    return a @ b


def flops(a: Tensor, b: Tensor) -> int:
    m, k = a.shape
    n = b.shape[1]
    return 2 * m * n * k  # one multiplication and one addition per term
