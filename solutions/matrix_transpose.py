r"""# Matrix transpose, one tile per program

**Idea.** Each program reads a tile of `x` along its rows, turns it over in shared memory, and writes
it along the rows of `out`. Both sides see whole runs of neighbouring elements.

**What bounds it.** Memory. $4 \cdot rows \cdot cols$ bytes are read and as many written; there is no
arithmetic. A copy of `x` moves the same bytes and is the time to aim for.

**What matters.**

- *Coalescing on both sides.* Neighbours in a row of `x` are `rows` elements apart in `out`. A kernel
  that maps threads to elements one to one reads runs and writes single elements, or the reverse, and
  each single element of 4 bytes moves a sector of 32. `tl.trans` gives the tile another shape, and the
  compiler, which lays out the loads along rows of `x` and the stores along rows of `out`, passes it
  through shared memory in between.
- *Long runs in `out`.* Where a row is not aligned, each run of a tile begins and ends within a sector
  that it shares with the next tile. A shared sector is read twice without much harm, as L2 keeps it,
  but it is also written in two pieces, which is why the tile is 128 rows of `x` by 32 columns: runs of
  512 bytes in `out`, of 128 in `x`.
- *The order of the tiles.* They are numbered down the columns of `x`, so that neighbours along the rows
  of `out` are in flight at the same time, and the two pieces of a sector meet in L2.
- *Numbers.* In one run over cold buffers on an H200, at 5001 x 5003, squares of 64 in the same order took
  5 % longer, and in the order of the rows of `x` 19 %. Where every run is aligned, at 4096 x 8192, the
  squares took 3 % less time in the one order and 1 % less in the other.
- *Thin matrices.* A wide tile beside three columns would be idle for the most part. The tile keeps
  its 4096 elements and gets as narrow as the matrix. One row is the same memory as one column, and
  either is a plain copy.

**What goes wrong in the naive version.** The store has to be masked with the mask of the transposed
tile: on the last tiles, the other one lets elements through that do not exist and holds back some
that do. `x.view(cols, rows)` has the right shape and moves nothing. And a grid of two axes ends at
65535 tiles on its second one.

**What it misses.** At 5001 × 5003 the least is 47.8 µs, but only one row in eight begins where a sector
of 32 bytes does. Elsewhere a run of 512 bytes of `out` touches 17 sectors for 16, of which the first
and last are written in two pieces by two programs, and a run of 128 bytes of `x` touches 5 for 4. At
4096 × 8192, where all is aligned and the least is 64.1 µs, some runs took 13 % longer than others: rows are
powers of two apart, and how evenly such addresses spread over the memory's channels most likely differs
from one allocation to the next.

**What to try next.** Tensor descriptors (TMA) for aligned sides, or squares there. Other element sizes:
with 2 bytes, 32 columns give runs of only 64 bytes. Cutting the rows of `out` at multiples of 32 bytes,
with a gather in shared memory that moves each row of a tile by its own few elements, leaves no shared
sectors and was slower: 16 % at 5001 x 5003 with tiles of 128 x 32, and twice as slow with 256 x 32.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "matrix_transpose"

SIDE = 64


@triton.jit
def transpose_kernel(x_ptr, out_ptr, rows, cols, BLOCK_R: tl.constexpr, BLOCK_C: tl.constexpr):
    """out[j, i] = x[i, j] for one tile of BLOCK_R rows and BLOCK_C columns of x."""
    tile = tl.program_id(0)
    tiles_in_a_column = tl.cdiv(rows, BLOCK_R)
    # 64 bits: i * cols and j * rows may pass 2**31.
    i = (tile % tiles_in_a_column).to(tl.int64) * BLOCK_R + tl.arange(0, BLOCK_R)  # [BLOCK_R]
    j = (tile // tiles_in_a_column).to(tl.int64) * BLOCK_C + tl.arange(0, BLOCK_C)  # [BLOCK_C]

    mask = (i < rows)[:, None] & (j < cols)[None, :]  # [BLOCK_R, BLOCK_C]
    x = tl.load(x_ptr + i[:, None] * cols + j[None, :], mask=mask)  # [BLOCK_R, BLOCK_C]

    mask = (j < cols)[:, None] & (i < rows)[None, :]  # [BLOCK_C, BLOCK_R]
    tl.store(out_ptr + j[:, None] * rows + i[None, :], tl.trans(x), mask=mask)


def tile_of(rows: int, cols: int) -> tuple[int, int]:
    """SIDE * SIDE elements: twice as high as a square, half as wide, or as thin as the matrix is."""
    if cols < SIDE:
        width = triton.next_power_of_2(cols)
        return SIDE * SIDE // width, width
    if rows < SIDE:
        height = triton.next_power_of_2(rows)
        return height, SIDE * SIDE // height
    return 2 * SIDE, SIDE // 2


def solve(x: Tensor, out: Tensor) -> None:
    rows, cols = x.shape
    if rows == 1:
        rows, cols = cols, rows  # the same memory, and the stores are vectors too
    block_r, block_c = tile_of(rows, cols)
    tiles = triton.cdiv(rows, block_r) * triton.cdiv(cols, block_c)
    transpose_kernel[(tiles,)](x, out, rows, cols, BLOCK_R=block_r, BLOCK_C=block_c, num_warps=8)
