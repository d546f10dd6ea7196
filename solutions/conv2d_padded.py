r"""# Padded convolution, as a sum of outer products

**Idea.** Each program owns a `BLOCK_H` by `BLOCK_W` tile of one image. It walks over the rows of $x$
that the tile depends on and over the columns of the kernel: the shifted row of $x$, times a piece
of one column of $w$, is an outer product, and those add up to the tile.

**What bounds it.** Memory, for small kernels: $8 \cdot batch \cdot height \cdot width$ bytes for
$2 \cdot kh \cdot kw$ flops per element. At 3 × 3 that is 2.25 flops per byte. At 7 × 7 it is 12.25,
within sight of what float32 without tensor cores does per byte on an H100 (some 20), and from about
9 × 9 on arithmetic is the limit.

**What matters.**

- *Loads per product.* The obvious kernel loads a shifted tile for each element of $w$: one load
  from the L1 cache per multiplication, and an SM can do four multiplications in the time of one
  load. Here a value of $x$, once loaded, serves all `BLOCK_H` rows of the tile: 8 loads of $x$ and
  4 of $w$ for 32 products per thread with `BLOCK_H` = 4, 4 and 8 with `BLOCK_H` = 8.
- *The height of the tile.* `BLOCK_H + kh - 1` rows of $x$ meet `BLOCK_H` rows of the tile, but only
  $kh$ of them matter to each; elsewhere $w$ is padded with 0. The products wasted so are a factor
  of $1 + (BLOCK\_H - 1) / kh$: high tiles are for high kernels.
- *The edges end the loops.* A row of $x$ past the bottom edge adds nothing, so the loop stops there:
  a kernel of 100 rows on an image of 10 costs no more than one of 10.

**What goes wrong in the naive version.** A mask on the flat offset alone lets column `width` be
column 0 of the next row, and row `height` the first of the next image: both lie inside the buffer
and should count as 0. Flipping $w$, as a convolution of mathematics does, and centring it are the
other two classics. And a product by the padding of $w$ is $0 \cdot x$, which is 0 for finite $x$ only.

**What to try next.** A loop without masks for tiles that lie inside the image; `kh` and `kw` as
`tl.constexpr` for the commonest sizes, so that loops unroll and the next row is on its way early; for
large kernels, tensor cores with each float32 split into three parts, or an FFT.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "conv2d_padded"

TILE = 4096


@triton.jit
def conv_kernel(x_ptr, w_ptr, out_ptr, height, width, kh, kw, BLOCK_H: tl.constexpr, BLOCK_W: tl.constexpr):
    """out[i, j] = sum_{a, c} w[a, c] * x[i + a, j + c] for one BLOCK_H x BLOCK_W tile of one image.

    Row d of the tile is i = top + d, and row r of x below its top is i + a with a = r - d:
        acc[d, j] += w[r - d, c] * x[top + r, j + c]   for all r and c
    """
    tiles_h = tl.cdiv(height, BLOCK_H)
    tiles_w = tl.cdiv(width, BLOCK_W)
    pid = tl.program_id(0)
    image = pid // (tiles_h * tiles_w)
    top = (pid // tiles_w) % tiles_h * BLOCK_H
    left = pid % tiles_w * BLOCK_W
    # 64 bits: the image, and a row in it, may begin past 2**31.
    corner = (image.to(tl.int64) * height + top) * width

    d = tl.arange(0, BLOCK_H)  # [BLOCK_H]
    j = left + tl.arange(0, BLOCK_W)  # [BLOCK_W]
    acc = tl.zeros([BLOCK_H, BLOCK_W], dtype=tl.float32)
    # Beyond the bottom and the right edge x counts as 0, and nothing has to be added.
    rows = tl.minimum(BLOCK_H + kh - 1, height - top)
    columns = tl.minimum(kw, width - left)
    x_row = x_ptr + corner
    for r in range(0, rows):
        a = r - d  # [BLOCK_H]
        inside = (a >= 0) & (a < kh)
        for c in range(0, columns):
            x = tl.load(x_row + c + j, mask=c + j < width, other=0.0)  # [BLOCK_W]
            w = tl.load(w_ptr + a * kw + c, mask=inside, other=0.0)  # [BLOCK_H]
            acc += w[:, None] * x[None, :]
        x_row += width

    out_ptrs = out_ptr + corner + d.to(tl.int64)[:, None] * width + j[None, :]  # [BLOCK_H, BLOCK_W]
    tl.store(out_ptrs, acc, mask=(d < height - top)[:, None] & (j < width)[None, :])


def solve(x: Tensor, w: Tensor, out: Tensor) -> None:
    batch, height, width = x.shape
    kh, kw = w.shape
    block_h = 4 if kh <= 4 else 8
    block_w = min(triton.next_power_of_2(width), TILE // block_h)
    tiles = batch * triton.cdiv(height, block_h) * triton.cdiv(width, block_w)
    warps = max(block_h * block_w // 1024, 1)  # 32 elements per thread
    conv_kernel[(tiles,)](x, w, out, height, width, kh, kw, BLOCK_H=block_h, BLOCK_W=block_w, num_warps=warps)
