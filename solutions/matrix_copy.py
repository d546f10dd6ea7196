r"""# Matrix copy, in accesses of 16 bytes

**Idea.** Take the matrix as one vector of $rows \cdot cols$ elements, and let each program move one
block of it. All blocks but the last are full and need no mask.

**What bounds it.** Memory, and nothing else: with $n = rows \cdot cols$ elements, $4n$ bytes are read
and $4n$ written. No kernel that moves as many bytes can be expected to be faster than a good copy,
which makes it the roofline of all challenges bound by memory.

**What matters.**

- *Bytes in flight.* A byte that is asked for now arrives after the latency of memory. At 3 TB/s and
  0.7 µs, 2 MB must be on their way at any moment to keep memory busy, 16 KB for each of 132
  multiprocessors. Here each thread issues four loads of 16 bytes before its first store, so 256
  threads on a multiprocessor are enough.
- *Width.* 16 bytes is the widest access of a thread. It takes 4 neighbouring elements, an address
  that is a multiple of 16, and a mask that is the same for all four. The compiler proves the
  last of these only if it knows that `n` is a multiple of 16, and otherwise makes four accesses of 4
  bytes. Without a mask there is nothing to prove, so only the last block has one, whatever `n` is.
- *Flat indexing.* A row of 8191 floats begins on a multiple of 4 bytes. The matrix as a whole begins
  on a multiple of 16, and so does every block of it.

**What goes wrong in the naive version.** One program per row: rows of odd length are not aligned,
and short rows are too little work for a program. Moving pairs of floats as 8-byte words by hand:
with an odd number of elements the last one is left behind.

**What to try next.** `eviction_policy="evict_first"` on loads and stores, since no byte is used
again; other block sizes; a persistent grid with the loads of the next block issued before the stores of
this one; a copy by TMA, which passes no register.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "matrix_copy"

BLOCK = 2048


@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """out[k] = x[k] for the BLOCK elements of one block, or what is left of them at the end."""
    start = tl.program_id(0).to(tl.int64) * BLOCK  # may pass 2**31
    k = start + tl.arange(0, BLOCK)  # [BLOCK]
    if start + BLOCK <= n:
        tl.store(out_ptr + k, tl.load(x_ptr + k))
    else:
        mask = k < n
        tl.store(out_ptr + k, tl.load(x_ptr + k, mask=mask), mask=mask)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    copy_kernel[(triton.cdiv(n, BLOCK),)](x, out, n, BLOCK=BLOCK, num_warps=4)
