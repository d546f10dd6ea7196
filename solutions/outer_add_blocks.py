r"""# Outer addition, one tile per program

**Idea.** Cut `out` into tiles and give each program one: it loads the piece of `x` above its tile and the
piece of `y` beside it, and stores their outer sum. The programs are numbered along the rows of tiles,
so one `program_id` gives both coordinates.

**What bounds it.** Memory, and almost only the writing. Each call reads $4(n + m)$ bytes and writes $4mn$,
and does $mn$ additions. The best possible time is $4(mn + n + m)$ bytes divided by the memory bandwidth,
plus the cost of one launch. Every tile loads its pieces of `x` and `y` again, 144 elements for 2048 stored,
but these come from the caches.

**What matters.**

- *Wide tiles.* Memory is written in whole sectors of 32 bytes, so neighbouring threads should store
  neighbouring elements of one row: $16 \times 128$ rather than $128 \times 16$.
- *One axis of the grid.* Axis 0 takes $2^{31} - 1$ programs, axes 1 and 2 take 65,535. A grid of two axes
  fails to launch when the second is long, so both coordinates come from axis 0, by a division.
- *Masks in both directions.* The tiles at the right edge and at the bottom reach past `out`.

**What goes wrong in the naive version.** Past the right edge lies no foreign memory but the next row, so
a mask for the bottom alone lets tiles overwrite each other, and the last to write wins. And $j \cdot n$
passes $2^{31}$ when `out` has more elements than that, though `m` and `n` are small numbers: hence the
`int64`.

**What to try next.** Other tiles: with 3 columns, 125 of every 128 lanes here do nothing. `out` as one long
vector, cut without regard to rows: $i$ and $j$ then come from a division per element, but no lane is lost
and every store can be 16 bytes wide. With $n$ = 8191 a row starts where the last one ended, mostly not at
a multiple of 16 bytes.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "outer_add_blocks"

BLOCK_M = 16
BLOCK_N = 128


@triton.jit
def outer_add_kernel(x_ptr, y_ptr, out_ptr, m, n, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    """out[j, i] = x[i] + y[j] for the BLOCK_M values of j and BLOCK_N values of i of this program's tile."""
    tiles_per_row = tl.cdiv(n, BLOCK_N)
    tile = tl.program_id(0)
    # 64 bits: j * n passes 2**31 when out has more than 2**31 elements.
    j = (tile // tiles_per_row).to(tl.int64) * BLOCK_M + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    i = (tile % tiles_per_row).to(tl.int64) * BLOCK_N + tl.arange(0, BLOCK_N)  # [BLOCK_N]

    x = tl.load(x_ptr + i, mask=i < n)  # [BLOCK_N]
    y = tl.load(y_ptr + j, mask=j < m)  # [BLOCK_M]

    offsets = j[:, None] * n + i[None, :]  # [BLOCK_M, BLOCK_N]
    mask = (j < m)[:, None] & (i < n)[None, :]  # [BLOCK_M, BLOCK_N]
    tl.store(out_ptr + offsets, x[None, :] + y[:, None], mask=mask)


def solve(x: Tensor, y: Tensor, out: Tensor) -> None:
    m, n = out.shape
    grid = (triton.cdiv(m, BLOCK_M) * triton.cdiv(n, BLOCK_N),)
    outer_add_kernel[grid](x, y, out, m, n, BLOCK_M=BLOCK_M, BLOCK_N=BLOCK_N, num_warps=4)
