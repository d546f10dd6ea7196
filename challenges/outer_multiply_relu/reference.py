import torch
from jaxtyping import Float32
from torch import Tensor


def reference(x: Float32[Tensor, "n"], y: Float32[Tensor, "m"]) -> Float32[Tensor, "m n"]:
    return torch.relu(x[None, :] * y[:, None])
