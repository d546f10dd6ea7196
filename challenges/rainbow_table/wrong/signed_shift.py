"""The top byte of a negative value keeps the sign that the shift copies down."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "rainbow_table"

BLOCK = 256


@triton.jit
def chain_kernel(x_ptr, out_ptr, n, rounds, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    value = tl.load(x_ptr + i, mask=i < n, other=0)
    for _ in range(rounds):
        h = tl.full([BLOCK], 2166136261 - (1 << 32), dtype=tl.int32)
        h = (h ^ (value & 0xFF)) * 16777619
        h = (h ^ ((value >> 8) & 0xFF)) * 16777619
        h = (h ^ ((value >> 16) & 0xFF)) * 16777619
        value = (h ^ (value >> 24)) * 16777619
    tl.store(out_ptr + i, value, mask=i < n)


def solve(x: Tensor, rounds: int, out: Tensor) -> None:
    n = x.numel()
    chain_kernel[(triton.cdiv(n, BLOCK),)](x, out, n, rounds, BLOCK=BLOCK)
