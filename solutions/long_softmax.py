r"""# Softmax of long rows in three loops

**Idea.** One program per row goes over it three times in blocks: first for the maximum, then for
the sum of exponentials, then to write the answer. Each loop keeps a block of running values, one
for each lane, and reduces it once after its last block.

**What bounds it.** Memory. Three reads and one write are $16 \cdot rows \cdot cols$ bytes, less what
the second and the third loop still find in L2: a row of 32768 floats is 128 KiB, so the rows in flight
fit there, and with rows several times as long they do not. The least possible is $8 \cdot rows \cdot
cols$, a copy of `x`. This is the version to learn from, not the one to use: on an H200 it reaches half of
the roofline with rows of 32,768, and little more than a third with rows of 200,003, and is slower than
PyTorch with either. `long_softmax_online.py`, which reads a row from memory once, takes about two thirds of
PyTorch's time with the former, and little more than half with the latter.

**What matters.**

- *Reductions outside the loops.* `m = tl.maximum(m, x)` on whole blocks is independent for each
  lane, so the loads of the next block need not wait for anything; a `tl.max` inside the loop
  crosses all warps of the program for every block.
- *One division.* $1 / s$ is found once for each row and multiplied in, as a division for each
  element costs several instructions.
- *The maximum is final before it is used.* It is finite, as no row is $-\infty$ throughout, so no
  exponent is NaN: blocks of $-\infty$ need no special care here, unlike in the online form.

**What goes wrong in the naive version.** Without subtracting $m$, `exp` is infinite past
$x \approx 88.7$. The maximum of a block in place of the row's gives each block its own scale. And
a tail that is loaded as 0 raises the maximum of a row far below 0 so much that all its
exponentials are 0.

**What to try next.** The online form, which saves one read, and parts of a row that are read again
while they are in L2, or rows that stay in registers (`long_softmax_online.py`); walking the second loop
backwards, so that it begins with what the first one left in L2; for few rows, several programs for
each.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "long_softmax"

WIDEST = 8192


@triton.jit
def three_loops_kernel(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    """m = max_k x[k],   s = sum_k exp(x[k] - m),   out[j] = exp(x[j] - m) / s: one row."""
    row = tl.program_id(0).to(tl.int64)  # row * cols may pass 2**31
    x_row = x_ptr + row * cols
    out_row = out_ptr + row * cols

    # Padding with -inf is neutral in both reductions: max(m, -inf) = m and exp(-inf - m) = 0.
    m_lane = tl.full([BLOCK], -float("inf"), dtype=tl.float32)
    for start in range(0, cols, BLOCK):
        j = start + tl.arange(0, BLOCK)  # [BLOCK]
        x = tl.load(x_row + j, mask=j < cols, other=-float("inf"))  # [BLOCK]
        m_lane = tl.maximum(m_lane, x)  # [BLOCK]
    m = tl.max(m_lane, axis=0)

    s_lane = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, cols, BLOCK):
        j = start + tl.arange(0, BLOCK)  # [BLOCK]
        x = tl.load(x_row + j, mask=j < cols, other=-float("inf"))  # [BLOCK]
        s_lane += tl.exp(x - m)  # [BLOCK]
    scale = 1.0 / tl.sum(s_lane, axis=0)

    for start in range(0, cols, BLOCK):
        j = start + tl.arange(0, BLOCK)  # [BLOCK]
        mask = j < cols
        x = tl.load(x_row + j, mask=mask, other=-float("inf"))  # [BLOCK]
        tl.store(out_row + j, tl.exp(x - m) * scale, mask=mask)


def solve(x: Tensor, out: Tensor) -> None:
    rows, cols = x.shape
    block = min(triton.next_power_of_2(cols), WIDEST)
    warps = min(max(block // 256, 1), 16)
    three_loops_kernel[(rows,)](x, out, cols, BLOCK=block, num_warps=warps)
