r"""# Constant addition, one block of elements per program

**Idea.** Every program runs the same code and differs only in its `program_id`. Program $p$ takes the
elements from $p \cdot \mathrm{BLOCK}$ up to the next program's first, so that the grid as a whole covers the
vector once.

**What bounds it.** Memory. Each call reads $4n$ bytes and writes $4n$, and does $n$ additions: one addition
per 8 bytes. The best possible time is $8n$ bytes divided by the memory bandwidth, plus the cost of
one launch.

**What matters.**

- *The grid is rounded up.* `cdiv(n, BLOCK)` programs cover `n` elements; `n // BLOCK` leave out the tail.
- *The tail mask, for the tail only.* The last program owns offsets past the end and needs a mask. In
  all others it is true throughout, but unless 16 divides `n` the compiler cannot know that the mask is
  the same for four neighbours, and loads them one by one. So whole blocks take a branch without a mask.
- *Small blocks, many warps.* A block of 1024 elements over 8 warps gives each thread 4 elements, one load
  of 16 bytes. That is little per thread, but 8 such programs fill a multiprocessor with its 2048 threads,
  and together they ask for 32 KB at a time. In one run over cold buffers on an H200, with 50,000,000
  elements, 1024 over 4 warps took as long and over 2 warps 1.6 % longer; 2048 elements over 8 warps took
  2.8 % longer, over 4 warps 4.8 %, and 4096 over either 5.1 %. At the same 8 elements per thread the
  smaller block wins.

**What goes wrong in the naive version.** With the mask everywhere, 16,777,217 elements took two thirds
longer than a copy on an H200. A kernel that forgets `program_id` fills the first block many times over and
the others never. A mask that compares the position within the block with `n`, instead of the position in
the vector, is true throughout the tail. And `program_id * BLOCK` is a 32-bit product: past $2^{31}$
elements it wraps to a negative offset, hence the `int64`.

**What to try next.** A fixed number of programs, each with a loop over several blocks; a copy to shared
memory by TMA, which passes no register on the way in. Hints that no byte is used again lose: with blocks
of 2048 over 4 warps, `eviction_policy="evict_first"` on loads and stores took 4.3 % longer than neither,
and `cache_modifier=".cs"` on the stores 1.4 %.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "constant_add_blocks"

BLOCK = 1024


@triton.jit
def add_constant_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """out[i] = x[i] + 10 for the BLOCK values of i that belong to this program."""
    # 64 bits: program_id * BLOCK passes 2**31 on vectors of more than 2**31 elements.
    start = tl.program_id(0).to(tl.int64) * BLOCK
    offsets = start + tl.arange(0, BLOCK)  # [BLOCK]

    if start + BLOCK <= n:
        x = tl.load(x_ptr + offsets)  # [BLOCK]
        tl.store(out_ptr + offsets, x + 10.0)
    else:
        mask = offsets < n
        x = tl.load(x_ptr + offsets, mask=mask)  # [BLOCK]
        tl.store(out_ptr + offsets, x + 10.0, mask=mask)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    add_constant_kernel[(triton.cdiv(n, BLOCK),)](x, out, n, BLOCK=BLOCK, num_warps=8)
