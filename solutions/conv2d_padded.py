r"""# Padded convolution, as a sum of outer products

**Idea.** Each program owns `ROWS` rows by 128 columns of one image, and each thread 4 of the columns. It
walks over the rows of $x$ that its answers depend on, in groups of four neighbours: an element of $x$,
times a piece of one column of $w$, is an outer product, and those add up to the answers.

**What bounds it.** Memory, for small kernels: $8 \cdot batch \cdot height \cdot width$ bytes for
$2 \cdot kh \cdot kw$ flops per element. At 3 × 3 that is 2.25 flops per byte. At 7 × 7 it is 12.25,
within sight of what float32 without tensor cores does per byte on an H100 (some 20), and from about
9 × 9 on arithmetic is the limit.

**What matters.**

- *Loads per product.* The obvious kernel loads a shifted tile for each element of $w$: one load
  from the L1 cache per multiplication, and an SM can do four multiplications in the time of one
  load. Here a value of $x$, once loaded, serves all `ROWS` rows and up to four columns of a thread, and
  comes with three neighbours in one load of 16 bytes. At 7 × 7 a row of $x$ takes 3 such loads of $x$ and 7
  of $w$ for 112 products.
- *Columns shift by one, loads by four.* 4 columns of answers need $kw + 3$ neighbours, which are at most
  $\lceil kw/4 \rceil + 1$ groups. `tl.split` takes a group apart without any exchange between threads. Which
  element meets which column of $w$ has to be known at compile time, so there is a kernel for each $kw$.
- *The height of the tile.* `ROWS + kh - 1` rows of $x$ meet `ROWS` rows of answers, but only $kh$ of them
  matter to each; elsewhere $w$ is padded with 0. The products wasted so are a factor of
  $1 + (ROWS - 1) / kh$: 8 rows are for kernels of more than 16. `solve` writes $w$, padded, to scratch in
  the order of use: `ROWS` elements of a column side by side, without a mask.
- *The edges end the loops.* A row of $x$ past the bottom edge adds nothing, so the loop stops there:
  a kernel of 100 rows on an image of 10 costs no more than one of 10.

In one run over cold buffers on an H200, 4000 × 3001 with 7 × 7 took 26 % longer with 8 rows than with 4.
The other shape of the comparisons below is 16 images of 1024 × 1024 with 3 × 3.

**What goes wrong in the naive version.** A mask on the flat offset alone lets column `width` be
column 0 of the next row, and row `height` the first of the next image: both lie inside the buffer
and should count as 0. Flipping $w$, as a convolution of mathematics does, and centring it are the
other two classics. And a product by the padding of $w$ is $0 \cdot x$, which is 0 for finite $x$ only.

**What it misses.** With 3 × 3 the bytes take 32.0 µs. A program of one warp issues some 560
instructions for its 512 answers (4 rows of them see 6 rows of `x`, so half of the 288 multiplications
of a thread are by 0), which is about 20 µs of all that 132 multiprocessors can issue at 1.7 GHz, and
its loads of a row wait for the row before: neither hides wholly behind the other. Unrolled rows, larger
programs and prefetches to L2 took off 7 % at the most, and those that did cost 4 % with 7 × 7.

**What to try next.** A loop without masks for tiles that lie inside the image. `kh` as `tl.constexpr`,
too, so that the rows unroll and all their loads are on their way at once: 6 % less time with 3 × 3. In a
later run the following were compared with this one, each of them with its kernels launched before the ones
before them had ended. Unrolled, it took 3.5 % less time with 3 × 3 and 0.8 % less with 7 × 7; with 2 KB of
$x$ that others need later prefetched to L2 by each program on top, 0.5 and 0.8 % less; that with 8 rows,
6.7 % more and 0.8 % less; and with two warps 6.5 % less, but 3.9 % more. For large kernels, tensor cores
with each float32 split into three parts, or an FFT.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "conv2d_padded"

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
    """out[b, top + r, j] = sum_tv x[b, top + t, j + v] * w[t - r, v] for ROWS x BLOCK answers.

    Of the columns 4q, ..., 4q + 3 of a thread, a_c is column 4q + c. Group g of a row of x holds
    x_s = x[top + t, 4q + 4g + s], and with v = 4g + s - c:
        a_c[r] += w[t - r, v] * x_s
    """
    tiles_down, tiles_across = tl.cdiv(height, ROWS), tl.cdiv(width, BLOCK)
    program = tl.program_id(0)
    image = (program // (tiles_down * tiles_across)).to(tl.int64) * height  # rows before it
    top = program // tiles_across % tiles_down * ROWS
    j = program % tiles_across * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]

    a0 = tl.zeros([ROWS, BLOCK // 4], dtype=tl.float32)
    a1, a2, a3 = a0, a0, a0
    x_row = x_ptr + (image + top) * width
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
    mask = (top + r < height) & (j < width)[None, :]  # [ROWS, BLOCK]
    tl.store(out_ptr + (image + top + r) * width + j[None, :], y, mask=mask)


def solve(x: Tensor, w: Tensor, out: Tensor) -> None:
    (batch, height, width), (kh, kw) = x.shape, w.shape
    rows = 4 if kh <= 16 else 8
    shifted = torch.empty(kh + rows - 1, kw, rows, device=w.device)
    shift_kernel[(triton.cdiv(shifted.numel(), 256),)](w, shifted, kh, kw, ROWS=rows, BLOCK=256)
    tiles = batch * triton.cdiv(height, rows) * triton.cdiv(width, BLOCK)
    conv_kernel[(tiles,)](x, shifted, out, height, width, kh, KW=kw, ROWS=rows, BLOCK=BLOCK, num_warps=WARPS)
