r"""# 2D convolution, several rows of answers at once

**Idea.** A low filter (up to 3 rows) is applied as it is written: a program keeps a tile of answers
and visits the filter's elements one by one, each time with a shifted tile of $x$. For a higher filter
a program keeps 8 rows of answers and walks over the rows of $x$ below them: each row that it loads
takes part in 8 rows of answers at once, each with a row of $w$ of its own.

**What bounds it.** A small filter: memory, $4 \cdot height \cdot width$ bytes and as many again for
the answer, less the rim. A large one: arithmetic, $2 k_h k_w$ flops for each answer. They have to run
at float32's own rate, as tensor cores would round $x$ to tf32.

**What matters.**

- *Loads per multiplication.* In the time of 128 multiplications L1 gives an SM 32 elements. At one
  load for each multiplication, 3 x 3 elements are still faster than memory; 15 x 15 are not.
  With 8 rows and 8 columns per thread, 8 elements of $x$ and 8 of $w$ feed 64 multiplications.
- *The price of the zeros.* 8 rows of answers see $k_h + 7$ rows of $x$, of which each needs only
  $k_h$; the others are multiplied by 0. That is 47 % more work at $k_h = 15$, and the reason why low
  filters are better off without.
- *Columns of $w$, with zeros around.* `solve` brings them to scratch like this once. Then the 8
  elements of $w$ lie side by side, and neither they nor the loop need a mask.
- *Four steps of the loop at once.* They share their addresses but for a constant; else moving 8
  addresses along costs a quarter of the multiplications' instructions.
- *Clamped, not masked.* Lanes past the edge repeat the last column or row, whose neighbours are all
  inside, and their answers are not stored. The clamp is computed once, a mask in every step.

**What goes wrong in the naive version.** Rows of `out` are shorter than rows of `x`: with one width
for both, every row slips by $k_w - 1$. A mask at the edge of `out` used for loads from `x` cuts off
the last $k_w - 1$ columns. A filter that is flipped or transposed passes wherever it is symmetric. A
grid with rows along its second axis ends at 65,535.

**What to try next.** More rows for higher filters; an image in tiles of shared memory is what one
would write in CUDA, and Triton leaves that to L1. For large filters an FFT, with its rounding.
"""

import triton
import triton.language as tl
from torch import Tensor
from torch.nn.functional import pad

CHALLENGE = "conv2d"

HIGHEST_DIRECT = 3
ROWS = 8


@triton.jit
def direct_kernel(
    x_ptr,
    w_ptr,
    out_ptr,
    height,
    width,
    kh,
    kw,
    ROWS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """out[i, j] = sum_uv x[i + u, j + v] * w[u, v] for one ROWS x BLOCK tile of answers."""
    out_height = height - kh + 1
    out_width = width - kw + 1
    tiles_across = tl.cdiv(out_width, BLOCK)
    program = tl.program_id(0)
    i = (program // tiles_across) * ROWS + tl.arange(0, ROWS)[:, None]  # [ROWS, 1]
    j = (program % tiles_across) * BLOCK + tl.arange(0, BLOCK)[None, :]  # [1, BLOCK]
    inside_i = tl.minimum(i, out_height - 1).to(tl.int64)  # i * width may pass 2**31
    inside_j = tl.minimum(j, out_width - 1)
    corners = x_ptr + inside_i * width + inside_j  # [ROWS, BLOCK], the answers' first elements

    acc = tl.zeros([ROWS, BLOCK], dtype=tl.float32)
    for u in range(kh):
        for v in range(kw):
            acc += tl.load(w_ptr + u * kw + v) * tl.load(corners + (u * width + v))

    mask = (i < out_height) & (j < out_width)
    tl.store(out_ptr + i.to(tl.int64) * out_width + j, acc, mask=mask)


@triton.jit
def rows_kernel(
    x_ptr,
    columns_ptr,
    out_ptr,
    height,
    width,
    kh,
    kw,
    ROWS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """The same for a tile that begins at row `top`: its row r adds up x[top + t, j + v] * w[t - r, v].

    columns[v, ROWS - 1 + u] = w[u, v], with ROWS - 1 zeros at both ends of each v.
    """
    out_height = height - kh + 1
    out_width = width - kw + 1
    tiles_across = tl.cdiv(out_width, BLOCK)
    program = tl.program_id(0)
    top = (program // tiles_across) * ROWS
    j = (program % tiles_across) * BLOCK + tl.arange(0, BLOCK)[None, :]  # [1, BLOCK]
    inside_j = tl.minimum(j, out_width - 1)
    from_bottom = tl.arange(0, ROWS)[:, None]  # [ROWS, 1], ROWS - 1 - r
    length = kh + 2 * (ROWS - 1)  # of a column

    acc = tl.zeros([ROWS, BLOCK], dtype=tl.float32)
    for t in range(tl.minimum(kh + ROWS - 1, height - top)):
        x_row = x_ptr + (top + t).to(tl.int64) * width + inside_j  # [1, BLOCK]
        w_row = columns_ptr + t + from_bottom  # [ROWS, 1], as ROWS - 1 + (t - r) = t + from_bottom
        for v in tl.range(kw, loop_unroll_factor=4):
            acc += tl.load(w_row + v * length) * tl.load(x_row + v)

    i = top + ROWS - 1 - from_bottom  # [ROWS, 1]
    mask = (i < out_height) & (j < out_width)
    tl.store(out_ptr + i.to(tl.int64) * out_width + j, acc, mask=mask)


def solve(x: Tensor, w: Tensor, out: Tensor) -> None:
    (height, width), (kh, kw) = x.shape, w.shape
    direct = kh <= HIGHEST_DIRECT
    block = min(max(triton.next_power_of_2(out.shape[1]), 32), 128 if direct else 512)
    grid = (triton.cdiv(out.shape[0], ROWS) * triton.cdiv(out.shape[1], block),)
    if direct:
        direct_kernel[grid](x, w, out, height, width, kh, kw, ROWS=ROWS, BLOCK=block, num_warps=4)
    else:
        columns = pad(w.t(), (ROWS - 1, ROWS - 1)).contiguous()
        rows_kernel[grid](x, columns, out, height, width, kh, kw, ROWS=ROWS, BLOCK=block, num_warps=2)
