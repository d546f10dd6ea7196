"""Elements are mirrored at the end of the last block, so its padding comes to the front."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "reverse_array"

BLOCK = 1024


@triton.jit
def reverse_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    mirrored = tl.num_programs(0).to(tl.int64) * BLOCK - 1 - i
    x = tl.load(x_ptr + mirrored, mask=mirrored < n, other=0.0)
    tl.store(out_ptr + i, x, mask=i < n)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    reverse_kernel[(triton.cdiv(n, BLOCK),)](x, out, n, BLOCK=BLOCK)
