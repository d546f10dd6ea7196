r"""# Product with ReLU, backward: one tile of the gradient per program

**Idea.** Recompute the product, since one multiplication is cheaper than reading back a saved mask,
and let its sign decide whether the gradient passes. Each program does this for one tile, with one
value of `y` for each of its rows.

**What bounds it.** Memory. `x` and `d_out` are read once and `out` is written once: $12mn$ bytes,
beside which the $4m$ bytes of `y` are nothing. Two multiplications and one comparison per 12 bytes
leave the arithmetic units idle, so adding two matrices is the time to aim for.

**What matters.**

- *One kernel.* The product, the comparison and the two factors as separate kernels would write
  and read a matrix for each step. Here everything between the loads and the store is in registers.
- *Both loads before either is used.* The product needs `x` and the answer needs `d_out`; neither
  load depends on the other, so both are in flight together.
- *Tiles wider than high.* Whole runs of a row are read and written, and `y` is loaded once for each
  row of the tile instead of once for each element.

**What goes wrong in the naive version.** `>=` in place of `>` lets `d_out * y` through wherever `x`
is 0, where the gradient is 0. Testing `x > 0` is right for positive `y` only. Broadcasting `y`
along the wrong axis goes unnoticed where `m` equals `n`. And a second grid axis ends at 65535
programs, while a 32-bit `j * n` wraps past $2^{31}$ elements.

**What to try next.** Other tile shapes and warp counts; `eviction_policy="evict_first"` on both
loads, since no byte is read again; skipping the loads of a row whose `y` is 0.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "outer_multiply_relu_backward"

TILE = 2048
WIDEST = 512


@triton.jit
def backward_kernel(x_ptr, y_ptr, d_out_ptr, out_ptr, m, n, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    """out[j, i] = d_out[j, i] * y[j] where x[j, i] * y[j] > 0, else 0: one BLOCK_M x BLOCK_N tile."""
    tile = tl.program_id(0)
    tiles_in_a_row = tl.cdiv(n, BLOCK_N)
    # 64 bits: j * n may pass 2**31.
    j = (tile // tiles_in_a_row).to(tl.int64) * BLOCK_M + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    i = (tile % tiles_in_a_row).to(tl.int64) * BLOCK_N + tl.arange(0, BLOCK_N)  # [BLOCK_N]
    mask = (j < m)[:, None] & (i < n)[None, :]  # [BLOCK_M, BLOCK_N]
    offsets = j[:, None] * n + i[None, :]  # [BLOCK_M, BLOCK_N]

    y = tl.load(y_ptr + j, mask=j < m, other=0.0)[:, None]  # [BLOCK_M, 1]
    x = tl.load(x_ptr + offsets, mask=mask, other=0.0)  # [BLOCK_M, BLOCK_N]
    d_out = tl.load(d_out_ptr + offsets, mask=mask, other=0.0)  # [BLOCK_M, BLOCK_N]
    dx = tl.where(x * y > 0.0, d_out * y, 0.0)  # [BLOCK_M, BLOCK_N]
    tl.store(out_ptr + offsets, dx, mask=mask)


def solve(x: Tensor, y: Tensor, d_out: Tensor, out: Tensor) -> None:
    m, n = x.shape
    block_n = min(triton.next_power_of_2(n), WIDEST)
    block_m = TILE // block_n
    grid = (triton.cdiv(m, block_m) * triton.cdiv(n, block_n),)
    backward_kernel[grid](x, y, d_out, out, m, n, BLOCK_M=block_m, BLOCK_N=block_n, num_warps=4)
