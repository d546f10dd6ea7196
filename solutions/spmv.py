r"""# Sparse matrix times vector, a tile of rows per program

**Idea.** A program takes `ROWS` neighbouring rows and walks along all of them at once, `WIDTH`
entries of each per step, until the longest of them ends. Products are kept in a
`ROWS` x `WIDTH` tile of sums, which is added up along the rows once, after the loop.

**What bounds it.** Memory. Every entry is read once, a value and a column: $8 \cdot nnz$ bytes, for two
flops each. On top come $8 \cdot rows$ bytes of `row_starts` and `out`, and the gathers from `x`. They
read 4 bytes each, but memory is fetched in sectors of 32 bytes: with columns at random, up to $32 \cdot
nnz$ bytes come from L2, or from memory if `x` does not fit there. With $16 \cdot 10^6$ entries in
$10^6$ rows that is 512 MB from L2 beside the 140 MB from memory, and the gathers are the bound. PyTorch
(cuSPARSE) takes about 131 µs there, this 139.6 on an H200 in one run over cold buffers, 0.94 of its
speed. Rows of 1000 entries, of which `x` has 20,000, took 60.8 µs, mostly from memory.

**What matters.**

- *Width by mean length.* Rows much shorter than `WIDTH` leave most of the tile masked; rows much
  longer need many steps. `nnz / rows` is known without a look at the matrix, so `WIDTH` is the next
  power of two of it, between 4 and `WIDEST`, and `ROWS` fills the tile up.
- *Small tiles, of one warp.* A program goes on until the longest of its rows ends, and the longest of 8
  rows is shorter than the longest of 64: fewer steps are mostly masked. Nor do its reductions need
  other warps, and 32 such programs on a multiprocessor wait independently of each other. 128 entries
  over one warp took 139.6 µs for the million rows; 256 took 140.9, 256 over two warps 149.9, 512 over
  two 153.0, and 1024 over four 172.7. Only a mean length above `TILE` has four warps, for one row at a
  time.
- *Sums stay apart.* Adding up along rows in each step would cross threads each time; one sum per
  place in the tile needs that only once. It also keeps float32 partial sums short.
- *A way out for long rows.* If the longest row of a tile needs more than `LONG` steps, most of the tile
  would be masked for most of the time. Such rows are taken one by one, a whole tile of entries per
  step.
- *Loads in flight.* `row_starts`, then `columns`, then `x`: each load waits for the one before. A
  tile of 128 over one warp gives each thread 4 gathers at a time, one of 1024 over 4 warps gives it 8.

**What goes wrong in the naive version.** One thread or one program per row takes every row to be
about the same length. A block that stops after `WIDTH` entries loses the rest of a long row, one
without a mask at the row's end adds the first entries of the next row. Skipping empty rows leaves
garbage in `out`: they are 0, and have to be written.

**What to try next.** A row with most of the entries still keeps one program busy long after the others
are done, and where rows are short that is now a single warp. Cutting the *entries* into equal parts
instead of the rows, with sums of cut rows added in a second pass (merge-based SpMV), makes the time
independent of the rows' lengths. A segmented scan over such parts in Triton cost far more than the idle
lanes it saved: 217 µs at best for the million rows, 258 for the long ones. What is left are the gathers
themselves, and fewer sectors need columns in an order in which neighbouring entries share them.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "spmv"

TILE = 128  # entries that a program, one warp, looks at in one step
WIDEST = 1024  # entries of one row in one step
LONG = 16  # steps along a tile of rows; a longer row is better taken by itself


@triton.jit
def row_sum(values_ptr, columns_ptr, row_starts_ptr, x_ptr, row, BLOCK: tl.constexpr):
    """The formula below for one row, BLOCK entries at a time."""
    start = tl.load(row_starts_ptr + row)
    length = tl.load(row_starts_ptr + row + 1) - start
    sums = tl.zeros([BLOCK], dtype=tl.float32)
    for done in range(0, length, BLOCK):
        j = done + tl.arange(0, BLOCK)  # [BLOCK]
        mask = j < length
        column = tl.load(columns_ptr + start + j, mask=mask, other=0)
        value = tl.load(values_ptr + start + j, mask=mask, other=0.0, eviction_policy="evict_first")
        sums += value * tl.load(x_ptr + column, mask=mask, other=0.0, eviction_policy="evict_last")
    return tl.sum(sums, axis=0)


@triton.jit
def rows_kernel(
    values_ptr,
    columns_ptr,
    row_starts_ptr,
    x_ptr,
    out_ptr,
    rows,
    ROWS: tl.constexpr,
    WIDTH: tl.constexpr,
    LONG: tl.constexpr,
):
    """out[r] = sum of values[k] * x[columns[k]] over row_starts[r] <= k < row_starts[r + 1]."""
    r = tl.program_id(0) * ROWS + tl.arange(0, ROWS)  # [ROWS]
    mask_r = r < rows
    start = tl.load(row_starts_ptr + r, mask=mask_r, other=0)  # [ROWS]
    end = tl.load(row_starts_ptr + r + 1, mask=mask_r, other=0)  # [ROWS]; rows past the last are empty
    longest = tl.max(end - start, axis=0)

    if longest <= LONG * WIDTH:
        sums = tl.zeros([ROWS, WIDTH], dtype=tl.float32)
        j = tl.arange(0, WIDTH)  # [WIDTH]
        for done in range(0, longest, WIDTH):
            mask = j[None, :] < (end - start - done)[:, None]  # [ROWS, WIDTH]
            k = (start + done)[:, None] + j[None, :]  # [ROWS, WIDTH]
            column = tl.load(columns_ptr + k, mask=mask, other=0)
            # Each entry is used once, elements of x again and again: these are to stay in the cache.
            value = tl.load(values_ptr + k, mask=mask, other=0.0, eviction_policy="evict_first")
            sums += value * tl.load(x_ptr + column, mask=mask, other=0.0, eviction_policy="evict_last")
        tl.store(out_ptr + r, tl.sum(sums, axis=1), mask=mask_r)
    else:
        first = tl.program_id(0) * ROWS
        for row in range(first, tl.minimum(first + ROWS, rows)):
            tl.store(
                out_ptr + row, row_sum(values_ptr, columns_ptr, row_starts_ptr, x_ptr, row, ROWS * WIDTH)
            )


def solve(values: Tensor, columns: Tensor, row_starts: Tensor, x: Tensor, rows: int, out: Tensor) -> None:
    mean = triton.cdiv(values.numel(), rows)
    width = min(max(triton.next_power_of_2(mean), 4), WIDEST)
    tile = max(TILE // width, 1)
    warps = 1 if width <= TILE else 4
    rows_kernel[(triton.cdiv(rows, tile),)](
        values, columns, row_starts, x, out, rows, ROWS=tile, WIDTH=width, LONG=LONG, num_warps=warps
    )
