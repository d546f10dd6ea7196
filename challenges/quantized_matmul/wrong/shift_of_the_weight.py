"""The nibble of the shifts is taken by the weight in its group, not by the group."""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "quantized_matmul"


@triton.jit
def dequantize(packed_ptr, scale_ptr, shift_ptr, w_ptr, k8, k64, size, BLOCK: tl.constexpr):
    e = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)  # a group: row * k8 + g
    mask = e < size
    g = e % k8
    word = tl.load(packed_ptr + e, mask=mask, other=0)
    scale = tl.load(scale_ptr + e, mask=mask, other=0.0)
    shifts = tl.load(shift_ptr + e // k8 * k64 + g // 8, mask=mask, other=0)
    for t in range(0, 8):
        weight = (word >> (4 * t)) & 15
        shift = (shifts >> (4 * t)) & 15
        w = (weight - shift).to(tl.float16) * scale
        tl.store(w_ptr + 8 * e + t, w, mask=mask)


def solve(packed: Tensor, scale: Tensor, shift: Tensor, x: Tensor, out: Tensor) -> None:
    m, k8 = packed.shape
    w = torch.empty(m, 8 * k8, dtype=torch.float16, device=x.device)
    grid = (triton.cdiv(m * k8, 1024),)
    dequantize[grid](packed, scale, shift, w, k8, shift.shape[1], m * k8, BLOCK=1024)
    torch.mm(w, x, out=out)
