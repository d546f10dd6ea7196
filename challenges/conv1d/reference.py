import torch
from jaxtyping import Float32
from torch import Tensor


def reference(x: Float32[Tensor, "n"], w: Float32[Tensor, "k"]) -> Float32[Tensor, "n-k+1"]:
    # One signal with one channel, and one filter of it.
    return torch.nn.functional.conv1d(x[None, None], w[None, None])[0, 0]


def flops(x: Tensor, w: Tensor) -> int:
    n, k = len(x), len(w)
    return 2 * (n - k + 1) * k  # one multiplication and one addition per term
