"""The rows of out are taken to lie m elements apart instead of n."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "outer_add"


@triton.jit
def outer_kernel(x_ptr, y_ptr, out_ptr, m, n, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    y = tl.load(y_ptr + i, mask=i < m)
    mask = (i < m)[:, None] & (i < n)[None, :]
    tl.store(out_ptr + i[:, None] * m + i[None, :], x[None, :] + y[:, None], mask=mask)


def solve(x: Tensor, y: Tensor, out: Tensor) -> None:
    outer_kernel[(1,)](x, y, out, *out.shape, BLOCK=128)
