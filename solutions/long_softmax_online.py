r"""# Softmax of long rows, online, with parts that take turns

**Idea.** Up to 32,768 elements a row stays in the registers of one program, and is read once. A longer
row is cut into parts, one for each program. A part leaves its maximum and its sum relative to that, the
*online* pair $(m, s)$, for the others; some turns later the part is read again, now from L2, by a
program that merges all pairs of the row and writes the answer. All of that is one kernel.

**What bounds it.** Memory. The least possible is $8 \cdot rows \cdot cols$ bytes, a copy of `x`, and no
more goes to or comes from memory here as long as the second reading finds its part in L2. On an H200, 4096
rows of 32,768 come within a few percent of the rate of a copy, and 1024 rows of 200,003 reach more than
four fifths of it. PyTorch takes half as long again for the former, and three quarters longer for the
latter.

**What matters.**

- *A whole row in registers.* 32 warps hold 32,768 elements, 32 for each thread, in 60 registers with
  all the rest. There is no loop, so neither is there anything to rescale.
- *The second reading soon after the first.* One program for each row, in two loops, has as many rows
  under way as there are programs on the GPU: already 132 rows of 200,003 elements are 106 MB, and L2
  holds 50. So it reads everything twice from memory; such a kernel took 1.12 ms by the judge's clock,
  more than PyTorch. With turns, about $3 P$ parts lie between a part's two readings on $P$
  multiprocessors: 13 MB.
- *Tickets in the order of start.* A program takes the next number from a counter when it starts. In
  turn $t$ come the programs that leave the pairs of row $t$, then those that write row $t - delay$.
  Only the latter wait, and only for such as took a lower number and so run already, and these wait for
  nobody: no deadlock, however few programs are resident. `program_id` promises no such order.
- *A pair in one word.* $m$ and $s$ are 64 bits, written and read in one access, so nobody sees one
  without the other, and no fence is needed. 0 says that nothing is there yet: where $m = 0$, $s$ is at
  least 1.
- *Loads of 16 bytes in rows that begin anywhere.* Of 200,003 columns only one row in four begins on a
  multiple of 16 bytes. The up to three elements on either side of the whole groups of four are taken
  apart, by part 0.

**What goes wrong in the naive version.** Words that are not cleared on every call hold the pairs of the
last one. A plain load in the waiting loop may be hoisted out of it: `volatile` keeps it there. Parts
have different maxima: each sum has to be brought to the row's by $e^{m_{part} - m}$ before they are
added. And a part that holds nothing but $-\infty$ computes $-\infty - (-\infty)$, which is NaN, unless
it subtracts 0 instead; it leaves $(-\infty, 0)$, which counts as $0 \cdot e^{-\infty} = 0$.

**What it misses.** Rows of 32,768 reach more than 90 %. At 200,003 columns the least is 391 µs, for
what goes to and comes from memory; but each part is read a second time, 819 MB more, from L2, so that
half as much again passes between L2 and the multiprocessors, and at the second reading a program has to
see all pairs of its row before it may store. Rows that stay in registers between the two, with programs
that wait for each other where that is safe, were no faster.

**What to try next.** Parts that stay in registers while the programs of their row exchange pairs: the row
is read once, and 200,003 columns took 6 % less time in one run over cold buffers (with parts of 16384 they
took 1 % more, with 4096 13 % more). But then each program waits for others that may have to start yet, so
all parts of a row have to be resident at once, which holds on a large GPU with nothing else on it and is
promised nowhere; that is why it is not done here. In rounds of resident programs, as in
`prefix_sum_rounds.py`, each part in registers and its pair published a round before it is needed, the
waiting is safe, but it took 3.7 % longer than these turns in the same run, and 1.7 % longer with parts of
4096 and twice as many programs (and the turns took 3.9 % longer without `evict_first` on the stores). A
cluster of blocks, which starts together and shares its memory, would promise it.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "long_softmax"

WIDEST_IN_REGISTERS = 32768
PART = 8192  # elements of a wider row for one program, at most
WARPS = 8  # of such a program


@triton.jit
def edges_of(row, cols):
    """(first, end, place, mask): the row's whole groups of 4 elements, 16 bytes, lie from first to end; the
    up to 3 elements on either side of them are at place where mask is set.

    If 4 does not divide `cols`, most rows do not begin at a multiple of 16 bytes.
    """
    begin = row * cols
    first = (begin + 3) // 4 * 4
    end = (begin + cols) // 4 * 4  # less than first if the row lies within one group
    k = tl.arange(0, 8)  # [8]
    place = begin + tl.where(k < 4, k, cols - 8 + k)  # the first 4 elements and the last 4, of the row
    inside = (place >= begin) & (place < begin + cols)
    left = (k < 4) & (place < first)
    right = (k >= 4) & (place >= end) & (place >= first)
    return first, end, place, inside & (left | right)


@triton.jit
def row_kernel(x_ptr, out_ptr, cols, BLOCK: tl.constexpr):
    """out[j] = exp(x[j] - m) / s, with m = max_k x[k] and s = sum_k exp(x[k] - m): a row in registers."""
    row = tl.program_id(0).to(tl.int64)  # row * cols may pass 2**31
    first, end, place, mask_edges = edges_of(row, cols)
    edges = tl.load(x_ptr + place, mask=mask_edges, other=-float("inf"))  # [8]
    t = tl.arange(0, BLOCK)  # [BLOCK]
    mask = t < end - first
    x = tl.load(x_ptr + first + t, mask=mask, other=-float("inf"))  # [BLOCK]
    m = tl.maximum(tl.max(x, axis=0), tl.max(edges, axis=0))
    x = tl.exp(x - m)
    edges = tl.exp(edges - m)
    scale = 1.0 / (tl.sum(x, axis=0) + tl.sum(edges, axis=0))
    tl.store(out_ptr + first + t, x * scale, mask=mask)
    tl.store(out_ptr + place, edges * scale, mask=mask_edges)


@triton.jit
def publish(word_ptr, x, edges):
    """Leave m = max x and s = sum exp(x - m) of a part as one word, which is not 0: m in the upper half."""
    m = tl.maximum(tl.max(x, axis=0), tl.max(edges, axis=0))
    shift = tl.where(m == -float("inf"), 0.0, m)
    s = tl.sum(tl.exp(x - shift), axis=0) + tl.sum(tl.exp(edges - shift), axis=0)
    high = m.to(tl.uint32, bitcast=True).to(tl.uint64) << 32
    word = (high | s.to(tl.uint32, bitcast=True).to(tl.uint64)).to(tl.int64, bitcast=True)
    tl.atomic_xchg(word_ptr, word, sem="relaxed")


@triton.jit
def merged(words_ptr, parts, PARTS: tl.constexpr):
    """m and 1 / s of a row, once all its parts have left theirs: m = max m_p, s = sum s_p * exp(m_p - m)."""
    p = tl.arange(0, PARTS)  # [PARTS]
    nothing: tl.constexpr = -(1 << 55)  # (-inf, 0)
    missing, m, s = 1, -float("inf"), 0.0
    while missing > 0:
        word = tl.load(words_ptr + p, mask=p < parts, other=nothing, volatile=True)  # [PARTS]
        missing = tl.max((word == 0).to(tl.int32), axis=0)
        m_part = (word >> 32).to(tl.int32).to(tl.float32, bitcast=True)
        s_part = word.to(tl.int32).to(tl.float32, bitcast=True)
        m = tl.max(m_part, axis=0)
        s = tl.sum(s_part * tl.exp(m_part - m), axis=0)
    return m, 1.0 / s


@triton.jit
def part_kernel(
    x_ptr,
    out_ptr,
    words_ptr,
    rows,
    cols,
    parts,
    span,
    delay,
    PARTS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """One part of a wider row, `span` elements: either leaves its (m, s), or writes its answers.

    Turn t, of 2 * parts programs: those that leave the pairs of row t, then those that write row t - delay.
    """
    ticket = tl.atomic_add(words_ptr + rows * parts, 1, sem="relaxed")  # int64; row * cols may pass 2**31
    turn = ticket // (2 * parts)
    part = ticket % (2 * parts)
    writes = part >= parts
    part = tl.where(writes, part - parts, part)
    row = tl.where(writes, turn - delay, turn)
    if (row >= 0) & (row < rows):
        first, end, place, mask_edges = edges_of(row, cols)
        mask_edges &= part == 0
        edges = tl.load(x_ptr + place, mask=mask_edges, other=-float("inf"))  # [8]
        t = tl.arange(0, BLOCK)  # [BLOCK]
        mask = (t < span) & (t < end - first - part * span)
        first += part * span
        x = tl.load(x_ptr + first + t, mask=mask, other=-float("inf"))  # [BLOCK]
        words_ptr += row * parts
        if writes:
            m, scale = merged(words_ptr, parts, PARTS)
            tl.store(out_ptr + first + t, tl.exp(x - m) * scale, mask=mask, eviction_policy="evict_first")
            tl.store(out_ptr + place, tl.exp(edges - m) * scale, mask=mask_edges)
        else:
            publish(words_ptr + part, x, edges)


def solve(x: Tensor, out: Tensor) -> None:
    rows, cols = x.shape
    block = triton.next_power_of_2(cols)
    if block <= WIDEST_IN_REGISTERS:
        warps = min(max(block // 1024, 1), 32)  # 32 elements per thread
        row_kernel[(rows,)](x, out, cols, BLOCK=block, num_warps=warps)
    else:
        parts = triton.cdiv(cols, PART)
        span = triton.cdiv(cols, 16 * parts) * 16  # a multiple of 16, so that parts begin at one of 16 bytes
        # Enough turns that a row's pairs are there before it is to be written, few enough for L2.
        delay = triton.cdiv(6 * processors(x), 2 * parts)
        words = torch.zeros(rows * parts + 1, dtype=torch.int64, device=x.device)  # pairs, and the counter
        part_kernel[((rows + delay) * 2 * parts,)](
            x,
            out,
            words,
            rows,
            cols,
            parts,
            span,
            delay,
            # At least one word for each thread: fewer would be loaded once per warp, and warps that
            # see different words would leave the loop at different times.
            PARTS=max(triton.next_power_of_2(parts), 32 * WARPS),
            BLOCK=PART,
            num_warps=WARPS,
        )


def processors(x: Tensor) -> int:
    """How many programs run side by side; on the interpreter any small number will do."""
    if x.is_cuda:
        return torch.cuda.get_device_properties(x.device).multi_processor_count
    return 2
