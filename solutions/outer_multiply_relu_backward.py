r"""# Product with ReLU, backward: one block of the flat gradient per program

**Idea.** Recompute the product, since one multiplication is cheaper than reading back a saved mask,
and let its sign decide whether the gradient passes. The matrices count as vectors, cut into blocks
without regard to rows, and each program does this for one block, with the `y` of each element's row.

**What bounds it.** Memory. `x` and `d_out` are read once and `out` is written once: $12mn$ bytes,
beside which the $4m$ bytes of `y` are nothing. Two multiplications and one comparison per 12 bytes
leave the arithmetic units idle, so adding two matrices is the time to aim for.

**What matters.**

- *One kernel.* The product, the comparison and the two factors as separate kernels would write
  and read a matrix for each step. Here everything between the loads and the store is in registers.
- *Both loads before anything else.* `x` and `d_out` do not depend on the row, so they are on their way
  while the program divides to find it and fetches `y`.
- *Accesses of 16 bytes.* Rows of 8191 floats begin at multiples of 4 bytes, blocks of the flat matrices at
  multiples of 16 whatever $n$ is. Only the last block has a mask.
- *A division for each program, not for each element.* Where a row is no shorter than a block, at most
  one row begins inside of it, and a comparison tells which of two values of `y` is due.

In one run over cold buffers on an H200, tiles of 4 x 512 over 4 warps took 20 % longer for 1024 x 1024, and
5 % longer for 8192 x 8191.

**What goes wrong in the naive version.** `>=` in place of `>` lets `d_out * y` through wherever `x`
is 0, where the gradient is 0. Testing `x > 0` is right for positive `y` only. Broadcasting `y`
along the wrong axis goes unnoticed where `m` equals `n`. And a second grid axis ends at 65535
programs, while a 32-bit `j * n` wraps past $2^{31}$ elements: hence `BIG`, as 64-bit division is too
slow to be used where it is not needed.

**What it misses.** At 1024 × 1024 the bytes take 3.0 µs. The other 1.5 µs or so are one launch and one
read from DRAM (about 0.7 µs), which nothing hides where a program has a single block; at 8192 × 8191
nothing is missing.

**What to try next.** Skipping the loads of a row whose `y` is 0. Other shapes of block do no better: at the
two sizes, 1.9 and 0.1 % longer with 1024 over 8 warps, 1.7 and 0.9 % with 2048 over 4.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "outer_multiply_relu_backward"

BLOCK = 1024


@triton.jit
def backward_kernel(
    x_ptr, y_ptr, d_out_ptr, out_ptr, m, n, WIDE: tl.constexpr, BIG: tl.constexpr, BLOCK: tl.constexpr
):
    """out[j, i] = d_out[j, i] * y[j] where x[j, i] * y[j] > 0, else 0: one block of the elements j * n + i.

    WIDE: a row is no shorter than a block (n >= BLOCK). BIG: offsets pass 2**31.
    """
    start = tl.program_id(0).to(tl.int64 if BIG else tl.int32) * BLOCK
    k = tl.arange(0, BLOCK)  # [BLOCK]
    left = tl.cast(m, tl.int64) * n - start  # cast, as an argument of 1 is no tensor
    if left >= BLOCK:
        x = tl.load(x_ptr + start + k)  # [BLOCK]
        d_out = tl.load(d_out_ptr + start + k)  # [BLOCK]
    else:
        x = tl.load(x_ptr + start + k, mask=k < left, other=0.0)
        d_out = tl.load(d_out_ptr + start + k, mask=k < left, other=0.0)

    j = start // n  # of the block's first element
    first = (start - j * n).to(tl.int32)  # and its i
    # Past the end of out, j stays at its last row, and nothing is stored.
    if WIDE:  # at most one more row begins in the block
        y = tl.where(k >= n - first, tl.load(y_ptr + tl.minimum(j + 1, m - 1)), tl.load(y_ptr + j))  # [BLOCK]
    else:
        y = tl.load(y_ptr + tl.minimum(j + (first + k) // n, m - 1))  # [BLOCK]
    dx = tl.where(x * y > 0.0, d_out * y, 0.0)  # [BLOCK]
    if left >= BLOCK:
        tl.store(out_ptr + start + k, dx)
    else:
        tl.store(out_ptr + start + k, dx, mask=k < left)


def solve(x: Tensor, y: Tensor, d_out: Tensor, out: Tensor) -> None:
    m, n = x.shape
    big = m * n + BLOCK > 2**31
    grid = (triton.cdiv(m * n, BLOCK),)
    backward_kernel[grid](x, y, d_out, out, m, n, WIDE=n >= BLOCK, BIG=big, BLOCK=BLOCK, num_warps=4)
