r"""# Prefix sum: reduce, then scan

**Idea.** Cut the vector into one span per program. A first kernel sums each span; a second one scans
its span block by block, beginning with the sum of all spans before it. There are so few spans that
each program of the second kernel adds up their sums by itself, instead of a third kernel.

**What bounds it.** Memory. Each call reads `x` twice and writes `out` once, $12n$ bytes, where the
least possible is $8n$. For a vector that fits in the L2 cache the second read comes from there.

**What matters.**

- *Few spans.* Eight programs for each multiprocessor are about a thousand sums, which a program
  reads in one go. With one block per program they would be 24,000 for $n = 5 \cdot 10^7$, and need a
  scan of their own.
- *A carry inside the span.* The blocks of a span are scanned in turn, each from where the last one
  ended. The next block's load does not depend on the carry, only its store does.
- *The sum that a program begins with is added up pairwise,* by `tl.sum`, and the carry sees some 24
  additions after that. A carry through the whole vector would see 24,000, and round at each.

**What goes wrong in the naive version.** Scanning each block from 0. Adding the sum of the span
before only, instead of all of them. Letting a program wait for its predecessor in a grid of which
not all programs are resident: the one it waits for may never start. And `tl.cumsum` is inclusive;
the sum that a span begins with is exclusive.

**What to try next.** One pass, $8n$ bytes: `prefix_sum_lookback.py`, and `prefix_sum_rounds.py`, which
takes about a third less time for the $5 \cdot 10^7$ on an H200, but needs all its programs resident. In two
passes, a second kernel that walks the vector from its end finds what the first one left in L2.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "prefix_sum"

BLOCK = 2048


@triton.jit
def sum_kernel(x_ptr, sums_ptr, n, span, BLOCK: tl.constexpr):
    """sums[p] = sum of x[i] over the span that begins at p * span. `span` is a multiple of BLOCK."""
    program = tl.program_id(0).to(tl.int64)  # program * span may pass 2**31
    acc = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, span, BLOCK):
        i = program * span + start + tl.arange(0, BLOCK)  # [BLOCK]
        acc += tl.load(x_ptr + i, mask=i < n, other=0.0)  # [BLOCK]
    tl.store(sums_ptr + program, tl.sum(acc, axis=0))


@triton.jit
def scan_kernel(x_ptr, sums_ptr, out_ptr, n, span, SPANS: tl.constexpr, BLOCK: tl.constexpr):
    """out[i] = sum_{q < p} sums[q] + sum_{p * span <= j <= i} x[j] over the span of program p."""
    program = tl.program_id(0).to(tl.int64)
    q = tl.arange(0, SPANS)  # [SPANS]
    carry = tl.sum(tl.load(sums_ptr + q, mask=q < program, other=0.0), axis=0)

    for start in range(0, span, BLOCK):
        i = program * span + start + tl.arange(0, BLOCK)  # [BLOCK]
        mask = i < n
        # Nothing reads these again.
        x = tl.load(x_ptr + i, mask=mask, other=0.0, eviction_policy="evict_first")  # [BLOCK]
        tl.store(out_ptr + i, carry + tl.cumsum(x, axis=0), mask=mask)
        carry += tl.sum(x, axis=0)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    blocks = triton.cdiv(n, BLOCK)
    span = triton.cdiv(blocks, 8 * processors(x)) * BLOCK
    spans = triton.cdiv(n, span)  # no more than have a block
    sums = torch.empty(spans, device=x.device)
    sum_kernel[(spans,)](x, sums, n, span, BLOCK=BLOCK, num_warps=4)
    padded = triton.next_power_of_2(spans)
    scan_kernel[(spans,)](x, sums, out, n, span, SPANS=padded, BLOCK=BLOCK, num_warps=4)


def processors(x: Tensor) -> int:
    """How many programs run side by side; on the interpreter any small number will do."""
    if x.is_cuda:
        return torch.cuda.get_device_properties(x.device).multi_processor_count
    return 2
