r"""# Outer addition by one program

**Idea.** Load `x` as a row and `y` as a column and let broadcasting do the rest: a block of shape
$1 \times 128$ plus one of shape $128 \times 1$ is a block of shape $128 \times 128$. It covers all of `out`.

**What bounds it.** The launch, and then a single multiprocessor. The kernel reads $4(n + m)$ bytes and
writes $4mn$, at most 65 KiB in all, which the memory of a GPU takes in well under a microsecond; but one
program runs on one multiprocessor, which has only its own share of the bandwidth.

**What matters.**

- *Which index is which.* `i` runs along the row and is `[None, :]`; `j` runs down and is `[:, None]`.
  The offset of `out[j, i]` is `j * n + i`: a step of one row is `n` elements, not `m`, nor 128.
- *Two masks.* `x` has its own, `y` has its own, and an element of `out` exists where both hold.
- *Registers.* $128 \times 128$ elements are 128 per thread with 4 warps, and 64 with 8.

**What goes wrong in the naive version.** With one direction of the store's mask left out, column `n` of
row `j` is column 0 of row `j + 1`: nothing crashes, and the next row gets wrong values.
With `j * m + i`, the result is right where `m` equals `n`, and only there.

**What it misses.** The challenge is one program for one block, and so one multiprocessor stores all of
the 64 KB, at some 64 bytes per clock in 0.6 µs, after a launch and a read of 0.7 µs. PyTorch spreads the
same 64 KB over many multiprocessors and needs some 0.5 µs less in all: a difference near the least that the
clock can tell.

**What to try next.** More warps; one program for a few rows each, so that several multiprocessors
share the work. Then a matrix that does not fit in a block, which is the challenge `outer_add_blocks`.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "outer_add"

BLOCK_M = 128  # the largest m there is
BLOCK_N = 128  # and the largest n


@triton.jit
def outer_add_kernel(x_ptr, y_ptr, out_ptr, m, n, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    """out[j, i] = x[i] + y[j] for every j below m and i below n, at most BLOCK_M and BLOCK_N."""
    j = tl.arange(0, BLOCK_M)  # [BLOCK_M]
    i = tl.arange(0, BLOCK_N)  # [BLOCK_N]

    x = tl.load(x_ptr + i, mask=i < n)  # [BLOCK_N]
    y = tl.load(y_ptr + j, mask=j < m)  # [BLOCK_M]

    offsets = j[:, None] * n + i[None, :]  # [BLOCK_M, BLOCK_N]
    mask = (j < m)[:, None] & (i < n)[None, :]  # [BLOCK_M, BLOCK_N]
    tl.store(out_ptr + offsets, x[None, :] + y[:, None], mask=mask)


def solve(x: Tensor, y: Tensor, out: Tensor) -> None:
    m, n = out.shape
    outer_add_kernel[(1,)](x, y, out, m, n, BLOCK_M=BLOCK_M, BLOCK_N=BLOCK_N, num_warps=8)
