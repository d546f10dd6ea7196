r"""# Softmax of long rows in two loops, online

**Idea.** Maximum and sum are found in the same loop: each lane keeps the maximum of what it has
seen and the sum relative to that maximum, and rescales the sum when the maximum grows. After the
loop the lanes are merged by the same rule, and a second loop writes the answer.

**What bounds it.** Memory. Two reads and one write are $12 \cdot rows \cdot cols$ bytes, against 16
in three loops, less what the second loop still finds in L2. The least possible is
$8 \cdot rows \cdot cols$, a copy of `x`. The price is a second exponential for each element of the
first loop, which a kernel that waits for memory has time for.

**What matters.**

- *A state for each lane.* The recurrence runs on whole blocks, element by element, so no step of
  the loop crosses lanes. With one maximum and one sum for the program, every block costs two
  reductions across all its warps, and the next block waits for them.
- *Merging at the end.* Lanes have different maxima: each sum is brought to the row's maximum by
  $e^{m_{lane} - m}$ before the sums are added. A lane that saw only $-\infty$ counts as
  $0 \cdot e^{-\infty} = 0$.

**What goes wrong in the naive version.** A sum that is not rescaled is right only while the first
block holds the maximum, so a test on falling rows does not see it. While a lane has seen nothing
but $-\infty$, $x - m$ and $m_{old} - m$ are $-\infty - (-\infty)$, which is NaN, and a NaN in the sum
stays. That happens with every lane before its first finite value, not only with rows that begin
with $-\infty$: the padding of the last block does it too where `cols` is less than the block.

**What to try next.** Both exponentials from one: of $e^{m - m'}$ and $e^{x - m'}$, one is always 1;
walking the second loop backwards, so that it begins with what the first one left in L2; for few
rows, several programs for each, whose pairs a second kernel merges by the same rule.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "long_softmax"

WIDEST = 4096


@triton.jit
def two_loops_kernel(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    """out[j] = exp(x[j] - m) / s, with m = max_k x[k] and s = sum_k exp(x[k] - m): one row.

    A lane that holds (m, s) and sees x:   m' = max(m, x)
                                           s' = s * exp(m - m') + exp(x - m')
    """
    row = tl.program_id(0).to(tl.int64)  # row * cols may pass 2**31
    x_row = x_ptr + row * cols
    out_row = out_ptr + row * cols

    m_lane = tl.full([BLOCK], -float("inf"), dtype=tl.float32)
    s_lane = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, cols, BLOCK):
        j = start + tl.arange(0, BLOCK)  # [BLOCK]
        x = tl.load(x_row + j, mask=j < cols, other=-float("inf"))  # [BLOCK]
        m_new = tl.maximum(m_lane, x)  # [BLOCK]
        # Where all seen so far is -inf, subtract 0: both exponentials are then exp(-inf) = 0.
        shift = tl.where(m_new == -float("inf"), 0.0, m_new)  # [BLOCK]
        s_lane = s_lane * tl.exp(m_lane - shift) + tl.exp(x - shift)  # [BLOCK]
        m_lane = m_new

    m = tl.max(m_lane, axis=0)  # finite: no row is -inf throughout
    scale = 1.0 / tl.sum(s_lane * tl.exp(m_lane - m), axis=0)

    for start in range(0, cols, BLOCK):
        j = start + tl.arange(0, BLOCK)  # [BLOCK]
        mask = j < cols
        x = tl.load(x_row + j, mask=mask, other=-float("inf"))  # [BLOCK]
        tl.store(out_row + j, tl.exp(x - m) * scale, mask=mask)


def solve(x: Tensor, out: Tensor) -> None:
    rows, cols = x.shape
    block = min(triton.next_power_of_2(cols), WIDEST)
    warps = min(max(block // 256, 1), 16)
    two_loops_kernel[(rows,)](x, out, cols, BLOCK=block, num_warps=warps)
