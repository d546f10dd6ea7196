import torch
from jaxtyping import Float32, Int64
from torch import Tensor


def reference(logits: Float32[Tensor, "rows classes"], target: Int64[Tensor, "rows"]) -> Float32[Tensor, "1"]:
    return torch.nn.functional.cross_entropy(logits, target).reshape(1)
