r"""# 2D convolution, several rows and columns of answers at once

**Idea.** A thread keeps 4 rows by 4 columns of answers (8 by 4 for a high filter) and walks over the rows of
$x$ below them. It loads a row in groups of four neighbours; each element takes part in all of the thread's
rows at once, each with a row of $w$ of its own, and in up to four of its columns.

**What bounds it.** A small filter: memory, $4 \cdot height \cdot width$ bytes and as many again for
the answer, less the rim. A large one: arithmetic, $2 k_h k_w$ flops for each answer. They have to run
at float32's own rate, as tensor cores would round $x$ to tf32.

**What matters.**

- *Loads per multiplication.* In the time of 128 multiplications L1 gives an SM 32 elements, and a load of 16
  bytes is one instruction for four of them. At 15 x 15, a row takes 5 loads of $x$ and 15 of $w$, all of 16
  bytes, for 240 multiplications.
- *Columns shift by one, loads by four.* 4 columns of answers need $k_w + 3$ neighbours, which are at most
  $\lceil k_w/4 \rceil + 1$ groups. `tl.split` takes a group apart without any exchange between threads. Which
  element meets which column of $w$ has to be known at compile time, so there is a kernel for each $k_w$.
- *The price of the zeros.* 4 rows of answers see $k_h + 3$ rows of $x$, of which each needs only $k_h$; the
  others are multiplied by 0. That is 20 % more work at $k_h = 15$ and twice the work at 3, where
  memory hides it. 8 rows waste more and load less: they are for more than 16 rows of $w$.
- *The filter in scratch.* `solve` brings $w$ into the order in which it is used, with zeros around: 4
  rows of a column side by side, aligned. Then neither they nor the loop need a mask.
- *Programs of one warp.* Images of any width are cut into runs of 128 columns, and nothing ever waits.

In one run over cold buffers on an H200, a kernel that visits the elements of a 3 x 3 filter one by one,
each with a shifted tile of $x$, took 3.6 times as long as this one for 4096 x 4096; one with 8 rows and
loads of 4 bytes took 1.9 times as long for 3072 x 3072 with 15 x 15.

**What goes wrong in the naive version.** Rows of `out` are shorter than rows of `x`: with one width
for both, every row slips by $k_w - 1$. A mask at the edge of `out` used for loads from `x` cuts off
the last $k_w - 1$ columns. A filter that is flipped or transposed passes wherever it is symmetric. A
grid with rows along its second axis ends at 65,535.

**What it misses.** With 3 × 3 the bytes take 32.0 µs. A program of one warp issues some 620
instructions for its 512 answers (4 rows of them see 6 rows of `x`, so half of the 288 multiplications
of a thread are by 0), which is about 22 µs of all that 132 multiprocessors can issue at 1.7 GHz, and
its loads of a row wait for the row before: neither hides wholly behind the other. With all rows
unrolled, so that their loads are on their way at once, it was 5 % faster, at the price of a kernel for
each height of `w`.

**What to try next.** Both sizes of small filters at compile time, with all rows' loads on their way at
once: 5 % less time with 3 x 3. Not 8 rows, which took 20 % longer with 15 x 15. An image in tiles of shared
memory is what one would write in CUDA, and Triton leaves that to L1. For large filters an FFT, with its
rounding.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "conv2d"

WARPS = 1
BLOCK = 128 * WARPS  # four answers of each row for every thread


@triton.jit
def shift_kernel(w_ptr, shifted_ptr, kh, kw, ROWS: tl.constexpr, BLOCK: tl.constexpr):
    """shifted[t, v, r] = w[t - r, v], or 0 where there is none."""
    k = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    u = k // (ROWS * kw) - k % ROWS  # t - r
    shifted = tl.load(w_ptr + u * kw + k // ROWS % kw, mask=(u >= 0) & (u < kh), other=0.0)
    tl.store(shifted_ptr + k, shifted, mask=k < (kh + ROWS - 1) * kw * ROWS)


@triton.jit
def term(acc, x, w_ptr, v: tl.constexpr, KW: tl.constexpr, ROWS: tl.constexpr):
    """acc[r, q] + w[t - r, v] * x[q], if w has such a column; at w_ptr is row t of shifted."""
    if v >= 0 and v < KW:
        w = tl.load(w_ptr + v * ROWS + tl.arange(0, ROWS))  # [ROWS]
        acc += w[:, None] * x[None, :]
    return acc


@triton.jit
def terms(acc, x0, x1, x2, x3, w_ptr, v: tl.constexpr, KW: tl.constexpr, ROWS: tl.constexpr):
    """acc + the terms of x0 and column v, x1 and v + 1, x2 and v + 2, x3 and v + 3."""
    acc = term(acc, x0, w_ptr, v, KW, ROWS)
    acc = term(acc, x1, w_ptr, v + 1, KW, ROWS)
    acc = term(acc, x2, w_ptr, v + 2, KW, ROWS)
    return term(acc, x3, w_ptr, v + 3, KW, ROWS)


@triton.jit
def conv_kernel(
    x_ptr, shifted_ptr, out_ptr, height, width, kh, KW: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr
):
    """out[top + r, j] = sum_tv x[top + t, j + v] * w[t - r, v] for ROWS x BLOCK answers.

    Of the columns 4q, ..., 4q + 3 of a thread, a_c is column 4q + c. Group g of a row of x holds
    x_s = x[top + t, 4q + 4g + s], and with v = 4g + s - c:
        a_c[r] += w[t - r, v] * x_s
    """
    out_height, out_width = height - kh + 1, width - KW + 1
    tiles_across = tl.cdiv(out_width, BLOCK)
    program = tl.program_id(0)
    top = (program // tiles_across).to(tl.int64) * ROWS  # top * width may pass 2**31
    j = program % tiles_across * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]

    a0 = tl.zeros([ROWS, BLOCK // 4], dtype=tl.float32)
    a1, a2, a3 = a0, a0, a0
    x_row = x_ptr + top * width
    w_row = shifted_ptr
    for _ in range(tl.minimum(kh + ROWS - 1, height - top)):
        for g in tl.static_range((KW + 6) // 4):
            x = tl.load(x_row + 4 * g + j, mask=4 * g + j < width, other=0.0)  # [BLOCK]
            even, odd = tl.split(tl.reshape(x, [BLOCK // 4, 2, 2]))  # [BLOCK / 4, 2]
            x0, x2 = tl.split(even)  # [BLOCK / 4]
            x1, x3 = tl.split(odd)  # [BLOCK / 4]
            a0 = terms(a0, x0, x1, x2, x3, w_row, 4 * g, KW, ROWS)
            a1 = terms(a1, x0, x1, x2, x3, w_row, 4 * g - 1, KW, ROWS)
            a2 = terms(a2, x0, x1, x2, x3, w_row, 4 * g - 2, KW, ROWS)
            a3 = terms(a3, x0, x1, x2, x3, w_row, 4 * g - 3, KW, ROWS)
        x_row += width
        w_row += KW * ROWS

    y = tl.reshape(tl.join(tl.join(a0, a2), tl.join(a1, a3)), [ROWS, BLOCK])
    r = tl.arange(0, ROWS)[:, None]  # [ROWS, 1]
    mask = (top + r < out_height) & (j < out_width)[None, :]  # [ROWS, BLOCK]
    tl.store(out_ptr + (top + r) * out_width + j[None, :], y, mask=mask)


def solve(x: Tensor, w: Tensor, out: Tensor) -> None:
    (height, width), (kh, kw) = x.shape, w.shape
    rows = 4 if kh <= 16 else 8
    shifted = torch.empty(kh + rows - 1, kw, rows, device=w.device)
    shift_kernel[(triton.cdiv(shifted.numel(), 256),)](w, shifted, kh, kw, ROWS=rows, BLOCK=256)
    tiles = triton.cdiv(out.shape[0], rows) * triton.cdiv(out.shape[1], BLOCK)
    conv_kernel[(tiles,)](x, shifted, out, height, width, kh, KW=kw, ROWS=rows, BLOCK=BLOCK, num_warps=WARPS)
