from jaxtyping import Float32
from torch import Tensor


def reference(
    a: Float32[Tensor, "rows cols"], b: Float32[Tensor, "rows cols"]
) -> Float32[Tensor, "rows cols"]:
    return a + b
