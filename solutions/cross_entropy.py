r"""# Cross entropy, one pass over the logits

**Idea.** A program walks along its row once. Each lane keeps the maximum of what it has seen and the
sum of exponentials relative to it (the *online* softmax of Milakov and Gimelshein); at the end the
lanes are merged, and the row's loss goes to scratch memory. A second kernel averages the losses.

**What bounds it.** Memory. Each call reads $4 \cdot rows \cdot classes$ bytes, and one exponential per
element has to keep up with that. Nothing of that size is written: no probabilities, no logarithms
of them. The best possible time is that of reading the logits.

**What matters.**

- *One exponential per element.* The recurrence $s' = s \, e^{m - m'} + e^{x - m'}$ has two, but as
  $m' = \max(m, x)$ one of them is always $e^0 = 1$, and the other one is $e^{-|x - m|}$.
- *Loads of 16 bytes in rows that begin anywhere.* With 50,257 classes only one row in four begins on a
  multiple of 16 bytes. So the up to three elements before the first such address are taken apart;
  the blocks from there on are aligned, and need no mask.
- *The loss as $\log s + (m - x_t)$.* $(m + \log s) - x_t$ rounds to the precision of $m$ first, which
  for large logits is much coarser than that of the loss.

**What goes wrong in the naive version.** `exp(x)` overflows past $x \approx 88.7$. Padding with zeros
instead of $-\infty$ adds $e^{0-m}$ for each padded class, which is the whole sum when the row is far
below zero. A maximum that begins at $-\infty$ makes $-\infty - (-\infty)$ of a logit that is $-\infty$, and
that is NaN; beginning at the lowest finite number, the exponential is $e^{-\infty} = 0$.

**What to try next.** Several rows per program where there are few classes; several programs per row
where there are few rows. The gradient, $(\mathrm{softmax}(x) - \mathrm{onehot}(t)) / R$, in the same
kernel while the row is at hand.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "cross_entropy"

WIDEST = 4096
LOWEST = tl.constexpr(-3.0e38)  # below all logits, yet finite


@triton.jit
def loss_kernel(logits_ptr, target_ptr, losses_ptr, classes, BLOCK: tl.constexpr):
    """losses[row] = log(sum_k exp(x[k] - m)) + (m - x[target]), with m = max_k x[k].

    A lane that holds (m, s) and sees x:   m' = max(m, x)
                                           s' = s * exp(m - m') + exp(x - m')
    """
    row = tl.program_id(0).to(tl.int64)  # row * classes may pass 2**31
    x_row = logits_ptr + row * classes
    # The next multiple of 4 elements, 16 bytes, is where the whole blocks begin.
    aligned = (row * classes + 3) // 4 * 4
    head = aligned - row * classes
    left = tl.maximum(classes - head, 0)
    whole = left // BLOCK * BLOCK
    t = tl.arange(0, BLOCK)  # [BLOCK]

    # A lane that has seen nothing, or -inf, holds (LOWEST, 0).
    x = tl.load(x_row + t, mask=(t < head) & (t < classes), other=-float("inf"))  # [BLOCK]
    m_lane = tl.maximum(x, LOWEST)
    s_lane = tl.where(x > LOWEST, 1.0, 0.0)

    for start in range(0, whole, BLOCK):
        x = tl.load(logits_ptr + aligned + start + t)  # [BLOCK]
        e = tl.exp(-tl.abs(x - m_lane))  # one of the two exponentials; the other one is 1
        s_lane = tl.where(x > m_lane, s_lane * e + 1.0, s_lane + e)
        m_lane = tl.maximum(m_lane, x)

    x = tl.load(logits_ptr + aligned + whole + t, mask=whole + t < left, other=-float("inf"))  # [BLOCK]
    e = tl.exp(-tl.abs(x - m_lane))
    s_lane = tl.where(x > m_lane, s_lane * e + 1.0, s_lane + e)
    m_lane = tl.maximum(m_lane, x)

    m = tl.max(m_lane, axis=0)
    s = tl.sum(s_lane * tl.exp(m_lane - m), axis=0)
    x_target = tl.load(x_row + tl.load(target_ptr + row))
    tl.store(losses_ptr + row, tl.log(s) + (m - x_target))


@triton.jit
def mean_kernel(losses_ptr, out_ptr, rows, BLOCK: tl.constexpr):
    """out = (1 / rows) * sum_i losses[i], in one program."""
    acc = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, rows, BLOCK):
        i = start + tl.arange(0, BLOCK)  # [BLOCK]
        acc += tl.load(losses_ptr + i, mask=i < rows, other=0.0)  # [BLOCK]
    tl.store(out_ptr, tl.sum(acc, axis=0) / rows)


def solve(logits: Tensor, target: Tensor, out: Tensor) -> None:
    rows, classes = logits.shape
    block = min(triton.next_power_of_2(classes), WIDEST)
    warps = min(max(block // 256, 1), 8)
    losses = torch.empty(rows, device=logits.device)
    loss_kernel[(rows,)](logits, target, losses, classes, BLOCK=block, num_warps=warps)
    mean_kernel[(1,)](losses, out, rows, BLOCK=min(triton.next_power_of_2(rows), 4096), num_warps=8)
