import torch
from jaxtyping import Float32
from torch import Tensor


def reference(a: Float32[Tensor, "n"], b: Float32[Tensor, "n"]) -> Float32[Tensor, "1"]:
    return torch.dot(a, b).reshape(1)
