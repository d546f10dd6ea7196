"""The filter is centred on its answer, as with padding, and not begun at it."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "conv1d"


@triton.jit
def conv_kernel(x_ptr, w_ptr, out_ptr, n, k, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    acc = tl.zeros([BLOCK], dtype=tl.float32)
    for j in range(k):
        at = i + j - k // 2
        acc += tl.load(x_ptr + at, mask=(at >= 0) & (at < n), other=0.0) * tl.load(w_ptr + j)
    tl.store(out_ptr + i, acc, mask=i < n - k + 1)


def solve(x: Tensor, w: Tensor, out: Tensor) -> None:
    conv_kernel[(triton.cdiv(len(out), 1024),)](x, w, out, len(x), len(w), BLOCK=1024)
