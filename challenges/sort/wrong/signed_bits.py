"""Keys are the raw bits of the floats: negative numbers come out in falling order."""

import torch
from torch import Tensor

CHALLENGE = "sort"


def solve(x: Tensor, out: Tensor) -> None:
    keys = x.view(torch.int32)
    for shift in range(0, 32, 8):  # radix sort, a digit of 8 bits at a time
        digit = (keys >> shift) & 0xFF
        if shift == 24:
            digit = digit ^ 0x80  # the sign bit: negative numbers first
        keys = keys[torch.sort(digit, stable=True).indices]
    out.copy_(keys.view(torch.float32))
