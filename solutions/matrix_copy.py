r"""# Matrix copy, in accesses of 16 bytes

**Idea.** Take the matrix as one vector of $rows \cdot cols$ elements, and let each program move one
block of it. All blocks but the last are full and need no mask.

**What bounds it.** Memory, and nothing else: with $n = rows \cdot cols$ elements, $4n$ bytes are read
and $4n$ written. No kernel that moves as many bytes can be expected to be faster than a good copy,
which makes it the roofline of all challenges bound by memory.

**What matters.**

- *Bytes in flight.* A byte that is asked for now arrives after the latency of memory. At 3 TB/s and
  0.7 µs, 2 MB must be on their way at any moment to keep memory busy, 16 KB for each of 132
  multiprocessors. Here each thread has one load of 16 bytes on its way, so 1024 threads on a
  multiprocessor are enough, and 2048 fit.
- *Small blocks, many warps.* Four loads per thread need only 256 threads for the same bytes, but are
  slower. In one run over cold buffers on an H200, 4096 x 8192 elements in blocks of 1024 took 0.6 % longer
  over 4 warps than over 8, and 2.5 % over 2; in blocks of 2048, 2.9 % longer over 8 warps and 5.1 % over 4;
  and in blocks of 4096, 5.8 % over 8 and 6.0 % over 4. 4095 x 8191 elements are as fast.
- *Width.* 16 bytes is the widest access of a thread. It takes 4 neighbouring elements, an address
  that is a multiple of 16, and a mask that is the same for all four. The compiler proves the
  last of these only if it knows that `n` is a multiple of 16, and otherwise makes four accesses of 4
  bytes. Without a mask there is nothing to prove, so only the last block has one, whatever `n` is.
- *Flat indexing.* A row of 8191 floats begins on a multiple of 4 bytes. The matrix as a whole begins
  on a multiple of 16, and so does every block of it.

**What goes wrong in the naive version.** One program per row: rows of odd length are not aligned,
and short rows are too little work for a program. Moving pairs of floats as 8-byte words by hand:
with an odd number of elements the last one is left behind.

**What to try next.** A persistent grid with the loads of the next block issued before the stores of
this one; a copy by TMA, which passes no register. Hints that no byte is used again lose: with blocks of
2048 over 4 warps, `eviction_policy="evict_first"` on loads and stores took 3.9 % longer than neither, and
`cache_modifier=".cs"` on the stores 2.0 %.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "matrix_copy"

BLOCK = 1024


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
    copy_kernel[(triton.cdiv(n, BLOCK),)](x, out, n, BLOCK=BLOCK, num_warps=8)
