import torch
from jaxtyping import Int32
from torch import Tensor

FNV_OFFSET, FNV_PRIME = 2166136261, 16777619


def reference(x: Int32[Tensor, "n"], rounds: int) -> Int32[Tensor, "n"]:
    # In 64 bits, as PyTorch has few operations for unsigned 32: a product stays below 2**56.
    value = x.to(torch.int64) & 0xFFFFFFFF
    for _ in range(rounds):
        h = torch.full_like(value, FNV_OFFSET)
        for shift in (0, 8, 16, 24):
            byte = (value >> shift) & 0xFF
            h = ((h ^ byte) * FNV_PRIME) & 0xFFFFFFFF
        value = h
    # From 0 .. 2**32 - 1 to the int32 of the same bits.
    return ((value ^ 0x80000000) - 0x80000000).to(torch.int32)
