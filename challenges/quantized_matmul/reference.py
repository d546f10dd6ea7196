import torch
from jaxtyping import Float16, Int32
from torch import Tensor


def reference(
    packed: Int32[Tensor, "m k8"],
    scale: Float16[Tensor, "m k8"],
    shift: Int32[Tensor, "m k64"],
    x: Float16[Tensor, "k n"],
) -> Float16[Tensor, "m n"]:
    m, k8 = packed.shape
    bits = torch.arange(0, 32, 4, dtype=torch.int32, device=packed.device)
    weights = (packed[:, :, None] >> bits) & 15  # [m, k8, 8]
    shifts = ((shift[:, :, None] >> bits) & 15).view(m, -1)[:, :k8]  # [m, k8]
    w = (weights - shifts[:, :, None]).to(scale.dtype) * scale[:, :, None]  # [m, k8, 8]
    return w.view(m, -1) @ x


def flops(packed: Tensor, scale: Tensor, shift: Tensor, x: Tensor) -> int:
    k, n = x.shape
    return 2 * packed.shape[0] * n * k  # one multiplication and one addition per term
