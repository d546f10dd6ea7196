r"""# Vector addition, one block of elements per program

**Idea.** Cut the vectors into blocks of `BLOCK` elements and give each program one block: two
loads, one addition, one store. No element is touched twice, so there is nothing to reuse and
nothing to keep.

**What bounds it.** Memory. Each call reads $8n$ bytes and writes $4n$, and does $n$ additions: one
addition per 12 bytes, far below what any GPU needs to be limited by arithmetic. The best possible
time is $12n$ bytes divided by the memory bandwidth, plus the cost of one launch, which is most of
the time when $n$ is small.

**What matters.**

- *Enough bytes in flight.* A block of 1024 elements over 4 warps is 8 elements per thread: two
  16-byte loads from each input, all issued before the first is needed. Other shapes do no better: in one
  run over cold buffers on an H200, 25,000,000 elements took between 0.3 % less and 1.8 % longer in blocks
  of 1024 to 4096 over 2 to 8 warps. 1,048,576 elements took 8 % longer in blocks of 4096, which are only
  256 programs.
- *The tail mask.* `n` is hardly ever a multiple of `BLOCK`, so the last program owns offsets past
  the end. The mask keeps its loads inside the inputs and its stores inside `out`.

**What goes wrong in the naive version.** A grid of `n // BLOCK` programs leaves the tail unwritten;
a rounded-up grid without a mask writes past the end of `out`. And `program_id * BLOCK` is a 32-bit
product: past $2^{31}$ elements it wraps to a negative offset, hence the `int64`.

**What it misses.** At 1,048,576 elements the bytes take 3.0 µs at the rate of a copy. The rest, some
1.6 µs, is one launch and one read from DRAM (about 0.7 µs) that nothing hides, as each program has a
single block and all 1024 of them fit on the GPU at once. PyTorch's kernel moves the same bytes and pays
the same: the two differ by about 1 %.

**What to try next.** Several blocks per program, so that the next load is issued before the last
store. Not `eviction_policy="evict_first"`, though no byte is read again: it took 4 % longer for the
25,000,000. `cache_modifier=".cs"` on the stores changes nothing.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "vector_add"

BLOCK = 1024


@triton.jit
def add_kernel(a_ptr, b_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """out[i] = a[i] + b[i] for the BLOCK values of i that belong to this program."""
    # 64 bits: program_id * BLOCK passes 2**31 on vectors of more than 2**31 elements.
    start = tl.program_id(0).to(tl.int64) * BLOCK
    offsets = start + tl.arange(0, BLOCK)  # [BLOCK]
    mask = offsets < n

    a = tl.load(a_ptr + offsets, mask=mask)  # [BLOCK]
    b = tl.load(b_ptr + offsets, mask=mask)  # [BLOCK]
    tl.store(out_ptr + offsets, a + b, mask=mask)


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    n = a.numel()
    add_kernel[(triton.cdiv(n, BLOCK),)](a, b, out, n, BLOCK=BLOCK, num_warps=4)
