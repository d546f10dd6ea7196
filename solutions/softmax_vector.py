r"""# Softmax of one long vector, many programs and two passes

**Idea.** In the first pass each program walks along its part of the vector and leaves a pair: its
maximum $m_p$ and its sum of $e^{x - m_p}$. In the second each program merges all pairs into the
vector's own, $m = \max_p m_p$ and $s = \sum_p s_p e^{m_p - m}$, and writes $e^{x - m} / s$ for its part.

**What bounds it.** Memory. Nothing can be written before all is read, so a vector that is larger
than L2 is read twice: $12n$ bytes, less what the second pass still finds there. While it fits in L2,
it comes from memory once, $8n$ bytes. The pairs are nothing beside that.

**What matters.**

- *A state for each lane.* The first pass keeps a maximum and a sum per lane and merges them once, at
  the end. With one pair for the program every block would cost two reductions across its warps.
- *Everyone merges.* A few hundred pairs are read by every program, from L2. A kernel in between
  with a single program would be another launch, and a wait for one multiprocessor.
- *The second pass walks backwards.* It begins with what the first one read last, which is what L2
  still holds. `evict_first` keeps the answers, which nobody reads again, from pushing it out.
- *Parts of equal length, a few programs per multiprocessor.* All stay resident, so that all of them
  are at the same distance from the end of their parts when the first pass ends.

**What goes wrong in the naive version.** Sums of different programs add up only after each has been
brought from its own maximum to the common one. A program that sees only $-\infty$ leaves
$m_p = -\infty$ and $s_p = 0$, and must not compute $-\infty - (-\infty)$ on the way: the NaN would reach
every answer. A tail padded with 0 instead of $-\infty$ adds $e^{0-m}$ for each padded lane. Atomics on
a common sum need the common maximum first, which is a pass of its own.

**What it misses.** 50,000,000 elements are 200 MB, of which L2 holds a quarter at most, so that they
are read twice: $12n$ bytes take 143 µs, and two passes can reach no more than 67 % of the roofline of
$8n$, but for what the second one still finds in L2. Beyond that some 20 µs are missing, most likely for
the two exponentials that the first pass computes for each element, and for the second launch. 1,048,576
elements take 2.0 µs, and the rest is two launches, two reads in a row from memory and L2 (about 0.7 µs
each), and the pairs, which each program of the second pass reads and merges before it stores.

**What to try next.** One kernel for both passes, if all programs are resident and wait for each
other: each can keep the last block of its part in registers, and does not read it again. In one run over
cold buffers on an H200 such a kernel took 4 to 7 % less time than these two for 50,000,000 elements, by
number of warps, and 4 % more for 1,048,576. It is not used here: the registers of that GPU hold some 17 of
the 200 MB, so that little is saved, and a program that waits for others hangs unless all of them run at
once, which `solve` would have to ensure on every GPU. The first pass with a single exponential: of
$e^{m - m'}$ and $e^{x - m'}$ one is always 1.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "softmax_vector"

BLOCK = 4096
MOST_PARTS = 512  # about 4 programs of 8 warps for each multiprocessor of a large GPU


@triton.jit
def pairs_kernel(x_ptr, m_ptr, s_ptr, n, span, BLOCK: tl.constexpr):
    """m[p], s[p] = max x, sum exp(x - m[p]) over the span elements that begin at p * span.

    A lane that holds (m, s) and sees x:   m' = max(m, x)
                                           s' = s * exp(m - m') + exp(x - m')
    """
    p = tl.program_id(0)
    begin = p.to(tl.int64) * span  # may pass 2**31

    m_lane = tl.full([BLOCK], -float("inf"), dtype=tl.float32)
    s_lane = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, span, BLOCK):
        i = begin + start + tl.arange(0, BLOCK)  # [BLOCK]
        x = tl.load(x_ptr + i, mask=i < n, other=-float("inf"))  # [BLOCK]
        m_new = tl.maximum(m_lane, x)  # [BLOCK]
        # Where all seen so far is -inf, subtract 0: both exponentials are then exp(-inf) = 0.
        shift = tl.where(m_new == -float("inf"), 0.0, m_new)  # [BLOCK]
        s_lane = s_lane * tl.exp(m_lane - shift) + tl.exp(x - shift)  # [BLOCK]
        m_lane = m_new

    m = tl.max(m_lane, axis=0)
    shift = tl.where(m == -float("inf"), 0.0, m)
    tl.store(m_ptr + p, m)
    tl.store(s_ptr + p, tl.sum(s_lane * tl.exp(m_lane - shift), axis=0))


@triton.jit
def normalize_kernel(x_ptr, m_ptr, s_ptr, out_ptr, n, span, parts, PARTS: tl.constexpr, BLOCK: tl.constexpr):
    """out[i] = exp(x[i] - m) / s for one span, with m and s merged from all parts."""
    p = tl.arange(0, PARTS)  # [PARTS]
    m_parts = tl.load(m_ptr + p, mask=p < parts, other=-float("inf"))  # [PARTS]
    s_parts = tl.load(s_ptr + p, mask=p < parts, other=0.0)  # [PARTS]
    m = tl.max(m_parts, axis=0)  # above -inf, as some x is
    scale = 1.0 / tl.sum(s_parts * tl.exp(m_parts - m), axis=0)

    begin = tl.program_id(0).to(tl.int64) * span
    for walked in range(BLOCK, span + BLOCK, BLOCK):
        i = begin + (span - walked) + tl.arange(0, BLOCK)  # [BLOCK], the last block first
        mask = i < n
        x = tl.load(x_ptr + i, mask=mask, other=-float("inf"))  # [BLOCK]
        tl.store(out_ptr + i, tl.exp(x - m) * scale, mask=mask, eviction_policy="evict_first")


def solve(x: Tensor, out: Tensor) -> None:
    n = len(x)
    span = triton.cdiv(triton.cdiv(n, MOST_PARTS), BLOCK) * BLOCK
    parts = triton.cdiv(n, span)
    m, s = torch.empty(2, parts, device=x.device)
    pairs_kernel[(parts,)](x, m, s, n, span, BLOCK=BLOCK, num_warps=8)
    most = triton.next_power_of_2(parts)
    normalize_kernel[(parts,)](x, m, s, out, n, span, parts, PARTS=most, BLOCK=BLOCK, num_warps=8)
