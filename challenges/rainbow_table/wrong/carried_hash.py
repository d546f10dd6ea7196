"""h is not set back to 2166136261 between rounds."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "rainbow_table"

BLOCK = 256


@triton.jit
def chain_kernel(x_ptr, out_ptr, n, rounds, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    value = tl.load(x_ptr + i, mask=i < n, other=0).to(tl.uint32, bitcast=True)
    h = tl.full([BLOCK], 2166136261, dtype=tl.uint32)
    for _ in range(rounds):
        for byte in tl.static_range(4):
            h = (h ^ ((value >> (8 * byte)) & 0xFF)) * 16777619
        value = h
    tl.store(out_ptr + i, value.to(tl.int32, bitcast=True), mask=i < n)


def solve(x: Tensor, rounds: int, out: Tensor) -> None:
    n = x.numel()
    chain_kernel[(triton.cdiv(n, BLOCK),)](x, out, n, rounds, BLOCK=BLOCK)
