from typing import NamedTuple

import torch
from jaxtyping import Float32
from torch import Tensor


class Gradients(NamedTuple):
    dx: Float32[Tensor, "rows cols"]
    dweight: Float32[Tensor, "cols"]
    dbias: Float32[Tensor, "cols"]


def reference(
    x: Float32[Tensor, "rows cols"],
    weight: Float32[Tensor, "cols"],
    d_out: Float32[Tensor, "rows cols"],
    eps: float,
) -> Gradients:
    var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    rstd = torch.rsqrt(var + eps)
    # The bias is only asked whether it is there; its values take no part in the gradients.
    bias = weight
    wanted = [True, True, True]
    return Gradients(
        *torch.ops.aten.native_layer_norm_backward(d_out, x, weight.shape, mean, rstd, weight, bias, wanted)
    )
