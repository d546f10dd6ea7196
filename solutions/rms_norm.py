r"""# RMS norm, one program per row

**Idea.** A row that fits in registers is read once, squared and summed there, and written once. A wider
row takes two loops: the first sums the squares, the second reads the row again, scales it and
writes it.

**What bounds it.** Memory. A row in registers costs one read and one write, $8 \cdot rows \cdot
cols$ bytes in all, as a copy of `x` does; the weights stay in L2. The wide kernel reads twice,
$12 \cdot rows \cdot cols$ bytes, less what the second loop still finds in L2.

**What matters.**

- *One program for a wide row, and one on a multiprocessor.* A program of 32 warps whose threads have up
  to 64 registers leaves no room for a second one, so an H200 has 132 rows under way: 17 MB at 32,768
  columns, which its L2 of 50 MB holds from the first loop to the second with ease. Blocks of 16384 make
  up for the missing program: as many bytes are in flight. With two programs and blocks of 8192 the 264 rows
  were 35 MB, and 2048 of them took 3.2 % longer in one run over cold buffers. `evict_last` and
  `evict_first` tell L2 which bytes are needed again.
- *A block of sums.* `acc += x * x` needs no exchange between threads; one reduction at the end of
  the loop crosses the warps.
- *The cap on registers.* `maxnreg=64` tells the compiler that 32 warps are 1024 threads, which share
  65,536 registers. It needs 56, and spills none.
- *Warps by width.* 16 or 32 elements per thread for a row of more than 256 in registers: fewer leave
  too few bytes in flight, more leave too few resident programs to hide one row's reduction behind
  another's loads.

**What goes wrong in the naive version.** `tl.sum(x * x) / BLOCK` divides by the padding too. With
$\varepsilon$ outside the root, or $1/\sqrt{0}$ for a row of zeros, small rows come out wrong. And the
weight belongs to the column: read it with the row's offset and it runs out of its tensor.

**What to try next.** Rows of up to 32,768 columns in the registers of a single program of 32 warps, read
once: 1.2 % less time there, and 1.0 % less with 16 warps. Those loaded the weights after the sum, to have
registers free, and rows of 4096 then took 4.4 % longer. In another run, such programs that also prefetch
the row 132 further on to L2 took 38 % longer than the two loops. Two programs whose second loop walks
backwards, from what was read last, took 3.0 % longer. Several narrow rows per program, as a row of 17
elements leaves most lanes of a warp idle. For few and very wide rows, several programs per row, which leave
their sums of squares to a second kernel.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "rms_norm"

WIDEST_IN_REGISTERS = 16384
WIDE_BLOCK = 16384


@triton.jit
def row_kernel(x_ptr, weight_ptr, out_ptr, cols, eps, BLOCK: tl.constexpr):
    """out[j] = x[j] / sqrt(mean_k x[k]^2 + eps) * weight[j]: one row, in registers."""
    row = tl.program_id(0).to(tl.int64)  # row * cols may pass 2**31
    j = tl.arange(0, BLOCK)  # [BLOCK]
    mask = j < cols

    x = tl.load(x_ptr + row * cols + j, mask=mask, other=0.0)  # [BLOCK]
    weight = tl.load(weight_ptr + j, mask=mask)  # [BLOCK]
    scale = 1.0 / tl.sqrt(tl.sum(x * x, axis=0) / cols + eps)
    tl.store(out_ptr + row * cols + j, x * scale * weight, mask=mask)


@triton.jit
def wide_row_kernel(x_ptr, weight_ptr, out_ptr, cols, eps, BLOCK: tl.constexpr):
    """The same formula for a row of any width, which is read twice."""
    row = tl.program_id(0).to(tl.int64)
    x_row = x_ptr + row * cols
    out_row = out_ptr + row * cols

    squares = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, cols, BLOCK):
        j = start + tl.arange(0, BLOCK)  # [BLOCK]
        x = tl.load(x_row + j, mask=j < cols, other=0.0, eviction_policy="evict_last")  # [BLOCK]
        squares += x * x
    scale = 1.0 / tl.sqrt(tl.sum(squares, axis=0) / cols + eps)

    for start in range(0, cols, BLOCK):
        j = start + tl.arange(0, BLOCK)  # [BLOCK]
        mask = j < cols
        x = tl.load(x_row + j, mask=mask, eviction_policy="evict_first")  # [BLOCK]
        weight = tl.load(weight_ptr + j, mask=mask)  # [BLOCK]
        tl.store(out_row + j, x * scale * weight, mask=mask, eviction_policy="evict_first")


def solve(x: Tensor, weight: Tensor, eps: float, out: Tensor) -> None:
    rows, cols = x.shape
    block = triton.next_power_of_2(cols)
    if block <= WIDEST_IN_REGISTERS:
        warps = min(max(block // 512, 1), 8 if block <= 8192 else 16)
        row_kernel[(rows,)](x, weight, out, cols, eps, BLOCK=block, num_warps=warps)
    else:
        wide_row_kernel[(rows,)](x, weight, out, cols, eps, BLOCK=WIDE_BLOCK, num_warps=32, maxnreg=64)
