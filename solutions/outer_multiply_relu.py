r"""# Outer product with ReLU, one tile of the output per program

**Idea.** Cut `out` into tiles and give each program one. It loads the stretch of `x` above its tile
and the stretch of `y` beside it, and broadcasting multiplies every pair of the two in registers;
the ReLU is applied there too, before the only store.

**What bounds it.** Memory, and nearly all of it in one direction: $4mn$ bytes are written, while
the inputs are $4(m + n)$ bytes, which stay in cache however many programs read them. The best
possible time is that of filling `out` with a constant.

**What matters.**

- *Fusion.* A product in one kernel and a ReLU in a second write `out`, read it and write it again:
  $12mn$ bytes instead of $4mn$. Arithmetic on a value that is already in a register is free here.
- *Tiles wider than high.* Neighbouring threads write neighbouring columns, so each warp stores
  whole runs of a row. A row of 256 floats is 1 KiB, and few of its cache lines are shared with the
  next tile. A matrix that is narrower gets narrower and higher tiles of the same size.

**What goes wrong in the naive version.** A mask for one axis only lets the tile run past the last
row, or into the next row, where it looks like an answer. `relu(x) * relu(y)` loses the product of
two negative numbers. A grid of two axes ends at 65535 programs on its second one; here there is one
axis, which the program splits itself. And `j * n` passes $2^{31}$ on large outputs, hence `int64`.

**What to try next.** Several tiles of one column of tiles per program, so that `x` stays in
registers; other tile shapes; `cache_modifier=".cs"` on the store, since no byte is read again.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "outer_multiply_relu"

TILE = 4096
WIDEST = 256


@triton.jit
def outer_kernel(x_ptr, y_ptr, out_ptr, m, n, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    """out[j, i] = max(x[i] * y[j], 0) for the BLOCK_M x BLOCK_N pairs of one tile."""
    tile = tl.program_id(0)
    tiles_in_a_row = tl.cdiv(n, BLOCK_N)
    # 64 bits: j * n may pass 2**31.
    j = (tile // tiles_in_a_row).to(tl.int64) * BLOCK_M + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    i = (tile % tiles_in_a_row).to(tl.int64) * BLOCK_N + tl.arange(0, BLOCK_N)  # [BLOCK_N]
    mask_j = j < m
    mask_i = i < n

    x = tl.load(x_ptr + i, mask=mask_i, other=0.0)  # [BLOCK_N]
    y = tl.load(y_ptr + j, mask=mask_j, other=0.0)  # [BLOCK_M]
    z = tl.maximum(x[None, :] * y[:, None], 0.0)  # [BLOCK_M, BLOCK_N]
    mask = mask_j[:, None] & mask_i[None, :]  # [BLOCK_M, BLOCK_N]
    tl.store(out_ptr + j[:, None] * n + i[None, :], z, mask=mask)


def solve(x: Tensor, y: Tensor, out: Tensor) -> None:
    m, n = out.shape
    block_n = min(triton.next_power_of_2(n), WIDEST)
    block_m = TILE // block_n
    grid = (triton.cdiv(m, block_m) * triton.cdiv(n, block_n),)
    outer_kernel[grid](x, y, out, m, n, BLOCK_M=block_m, BLOCK_N=block_n, num_warps=8)
