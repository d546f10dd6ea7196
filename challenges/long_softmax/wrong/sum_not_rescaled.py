"""The running sum is not rescaled when the maximum grows."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "long_softmax"


@triton.jit
def softmax_kernel(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    x_row = x_ptr + tl.program_id(0) * cols
    out_row = out_ptr + tl.program_id(0) * cols
    m, s = -float("inf"), 0.0
    for start in range(0, cols, BLOCK):
        j = start + tl.arange(0, BLOCK)
        x = tl.load(x_row + j, mask=j < cols, other=-float("inf"))
        m = tl.maximum(m, tl.max(x, axis=0))
        s += tl.sum(tl.exp(x - m), axis=0)
    for start in range(0, cols, BLOCK):
        j = start + tl.arange(0, BLOCK)
        x = tl.load(x_row + j, mask=j < cols)
        tl.store(out_row + j, tl.exp(x - m) / s, mask=j < cols)


def solve(x: Tensor, out: Tensor) -> None:
    rows, cols = x.shape
    softmax_kernel[(rows,)](x, out, cols, BLOCK=4096)
