import torch
from jaxtyping import Int32
from torch import Tensor


def reference(x: Int32[Tensor, "n"], bins: int) -> Int32[Tensor, "bins"]:
    return torch.bincount(x, minlength=bins).to(torch.int32)
