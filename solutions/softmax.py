r"""# Softmax, one program per row

**Idea.** A row that fits in registers is read once, reduced twice there (maximum, then sum of
exponentials), and written once. A wider row is read twice: the first pass keeps a running maximum
and a running sum (the *online* softmax of Milakov and Gimelshein), the second writes the answer.

**What bounds it.** Memory. A row in registers costs one read and one write, $8 \cdot rows \cdot
cols$ bytes in all; a copy of `x` moves the same bytes, so a copy is the time to aim for. The wide
kernel reads twice, $12 \cdot rows \cdot cols$ bytes, less what the second pass still finds in L2.

**What matters.**

- *The row stays in registers.* That is why `BLOCK` is the next power of two of `cols` and why
  there are two kernels: 16384 floats over 16 warps are 32 registers per thread for the row alone,
  and beyond that the compiler spills.
- *Warps by width.* 8 to 32 elements per thread: fewer leave too few bytes in flight and make the
  reductions cross more warps, more leave too few resident programs to hide one row's reductions
  behind another row's loads.

**What goes wrong in the naive version.** `exp(x)` overflows float32 past $x \approx 88.7$ and the
answer becomes `inf / inf`; subtracting the row's maximum first changes nothing mathematically and
makes every exponent at most 0. Padding a row with zeros instead of $-\infty$ adds $e^{0-m}$ to the
sum for each padded column, which is the whole sum when the row is far below zero. And the online
recurrence computes $-\infty - (-\infty)$ while a row begins with a whole block of $-\infty$: the
reference answer there is 0, not NaN.

**What it misses.** At 1024 × 1024 the bytes take 2.0 µs, and another 1.8 or so is the chain of what one
program does: a launch, a read from DRAM (about 0.7 µs), two reductions across the warps of its row, and
the store. All 1024 rows are on the GPU at the same time, so none hides another's; at 4096 × 8192 others
do, and more than 90 % are reached.

**What to try next.** A persistent grid that loads the next row before it stores this one; for few
and very wide rows, several programs per row, whose (maximum, sum) pairs a second kernel merges:
one program per row leaves most of the GPU idle there.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "softmax"

WIDEST_IN_REGISTERS = 16384
WIDE_BLOCK = 8192


@triton.jit
def row_kernel(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    """out[j] = exp(x[j] - m) / sum_k exp(x[k] - m), with m = max_k x[k]: one row, in registers."""
    row = tl.program_id(0).to(tl.int64)  # row * cols may pass 2**31
    j = tl.arange(0, BLOCK)  # [BLOCK]
    mask = j < cols

    # Padding with -inf is neutral in both reductions: max(m, -inf) = m and exp(-inf - m) = 0.
    x = tl.load(x_ptr + row * cols + j, mask=mask, other=-float("inf"))  # [BLOCK]
    m = tl.max(x, axis=0)
    p = tl.exp(x - m)  # [BLOCK]
    tl.store(out_ptr + row * cols + j, p / tl.sum(p, axis=0), mask=mask)


@triton.jit
def wide_row_kernel(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    """The same formula for a row of any width, with a running maximum m and a running sum s.

    Seeing a block x of the row:   m' = max(m, max x)
                                   s' = s * exp(m - m') + sum exp(x - m')
    """
    row = tl.program_id(0).to(tl.int64)
    x_row = x_ptr + row * cols
    out_row = out_ptr + row * cols

    m = -float("inf")
    s = 0.0
    for start in range(0, cols, BLOCK):
        j = start + tl.arange(0, BLOCK)  # [BLOCK]
        x = tl.load(x_row + j, mask=j < cols, other=-float("inf"))  # [BLOCK]
        m_new = tl.maximum(m, tl.max(x, axis=0))
        # While all seen so far is -inf, m_new is -inf and x - m_new would be NaN: subtract 0 then,
        # and every exponential is exp(-inf) = 0, as it should be.
        shift = tl.where(m_new == -float("inf"), 0.0, m_new)
        s = s * tl.exp(m - shift) + tl.sum(tl.exp(x - shift), axis=0)
        m = m_new

    for start in range(0, cols, BLOCK):
        j = start + tl.arange(0, BLOCK)  # [BLOCK]
        mask = j < cols
        x = tl.load(x_row + j, mask=mask, other=-float("inf"))  # [BLOCK]
        tl.store(out_row + j, tl.exp(x - m) / s, mask=mask)


def solve(x: Tensor, out: Tensor) -> None:
    rows, cols = x.shape
    block = triton.next_power_of_2(cols)
    if block <= WIDEST_IN_REGISTERS:
        warps = min(max(block // 256, 1), 8 if block <= 8192 else 16)
        row_kernel[(rows,)](x, out, cols, BLOCK=block, num_warps=warps)
    else:
        wide_row_kernel[(rows,)](x, out, cols, BLOCK=WIDE_BLOCK, num_warps=16)
