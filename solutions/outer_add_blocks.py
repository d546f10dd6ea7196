r"""# Outer addition, one block of the flat output per program

**Idea.** Take `out` as one long vector and cut it into blocks without regard to rows. A program finds
the row and the column of its first element by one division. Most blocks lie within a row: one element of
`y`, a piece of `x`, and their sums are stored. The others contain the end of a row.

**What bounds it.** Memory, and almost only the writing. Each call reads $4(n + m)$ bytes and writes $4mn$,
and does $mn$ additions. The best possible time is $4(mn + n + m)$ bytes divided by the memory bandwidth,
plus the cost of one launch. Every block loads its piece of `x` again, as many elements as it stores, but
these come from the caches.

**What matters.**

- *Stores of 16 bytes.* With $n$ = 8191 a row starts where the last one ended, mostly not at a multiple of
  16 bytes, and a tile of rows and columns is stored 4 bytes at a time, in runs that begin and end within
  a sector of 32 bytes. A block of the flat `out` begins at a multiple of 16 whatever $n$ is, and no sector
  is written by two programs. Only the last block has a mask. In one run over cold buffers on an H200,
  8192 x 8191 took 60 % longer in tiles of 16 x 128 over 4 warps; at 1000 x 100000, where all rows are
  aligned, the tiles took 0.7 % longer.
- *A division for each program, not for each element.* Where a row is no shorter than a block, at most one
  row begins inside of it, and a comparison tells on which side an element lies. Shorter rows
  divide for each element, so that no lane is lost beside 3 columns.
- *32-bit arithmetic where it suffices.* A division of 64-bit integers takes many times the instructions.
- *One axis of the grid.* Axis 0 takes $2^{31} - 1$ programs, axes 1 and 2 take 65,535, so a grid of two axes
  fails to launch when the second is long.

**What goes wrong in the naive version.** In tiles: past the right edge lies no foreign memory but the next
row, so a mask for the bottom alone lets tiles overwrite each other, and the last to write wins. Flat: the
last block's $j$ passes $m - 1$, outside of `y`. And $j \cdot n$ passes $2^{31}$ when `out` has more elements
than that, though `m` and `n` are small numbers: hence `BIG`.

**What to try next.** Several blocks per program, and the division once for all of them. Other block sizes
change little: 8192 x 8191 took 0.6 % longer with 1024 and 0.8 % with 4096 over 4 warps, and
`cache_modifier=".cs"` on the stores took 1.9 % longer.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "outer_add_blocks"

BLOCK = 2048


@triton.jit
def outer_add_kernel(x_ptr, y_ptr, out_ptr, m, n, WIDE: tl.constexpr, BIG: tl.constexpr, BLOCK: tl.constexpr):
    """out[j, i] = x[i] + y[j] for one block of the elements j * n + i of the flat out.

    WIDE: a row is no shorter than a block (n >= BLOCK). BIG: offsets pass 2**31.
    """
    start = tl.program_id(0).to(tl.int64 if BIG else tl.int32) * BLOCK
    j = start // n  # of the block's first element
    first = (start - j * n).to(tl.int32)  # and its i
    k = tl.arange(0, BLOCK)  # [BLOCK]
    left = tl.cast(m, tl.int64) * n - start  # cast, as an argument of 1 is no tensor
    if first + BLOCK <= n and left >= BLOCK:  # all in one row: one y, no masks
        x = tl.load(x_ptr + first + k)  # [BLOCK]
        y_j = tl.load(y_ptr + j)
        tl.store(out_ptr + start + k, x + y_j)
    else:
        # Past the end of out, j stays at its last row, and nothing is stored.
        if WIDE:  # the end of one row and, it may be, the beginning of the next
            below = k >= n - first  # [BLOCK]
            y = tl.where(below, tl.load(y_ptr + tl.minimum(j + 1, m - 1)), tl.load(y_ptr + j))  # [BLOCK]
            i = tl.where(below, k - (n - first), first + k)  # [BLOCK]
        else:
            y = tl.load(y_ptr + tl.minimum(j + (first + k) // n, m - 1))  # [BLOCK]
            i = (first + k) % n  # [BLOCK]
        z = tl.load(x_ptr + i) + y  # [BLOCK]
        if left >= BLOCK:
            tl.store(out_ptr + start + k, z)
        else:
            tl.store(out_ptr + start + k, z, mask=k < left)


def solve(x: Tensor, y: Tensor, out: Tensor) -> None:
    m, n = out.shape
    big = m * n + BLOCK > 2**31
    grid = (triton.cdiv(m * n, BLOCK),)
    outer_add_kernel[grid](x, y, out, m, n, WIDE=n >= BLOCK, BIG=big, BLOCK=BLOCK, num_warps=4)
