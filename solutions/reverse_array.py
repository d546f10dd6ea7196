r"""# Array reversal, four elements at a time

**Idea.** Take the vector as a list of quads, four neighbouring elements each. Row $r$ of `out` is
row $n/4 - 1 - r$ of `x` with its four elements swapped end for end: the address reverses the quads,
registers reverse what is in them. Where 4 does not divide $n$, elements are loaded one by one.

**What bounds it.** Memory. $4n$ bytes are read and $4n$ written, in another order: a copy of `x` takes
as long, and is the time to aim for.

**What matters.**

- *Both sides coalesced.* The 32 threads of a warp read 32 neighbouring quads and write 32
  neighbouring quads. That one run is descending does not matter: the memory system sees which bytes
  a warp asks for, not in which order.
- *Wide on both sides.* With `x_ptr + (n - 1 - i)` the addresses of a thread's elements descend, and
  the compiler makes one 4-byte load of each. As quads, in a block of shape `[ROWS, 4]`, they ascend along
  the second axis, and each thread loads and stores 16 bytes at once.
- *Swapping within the thread.* All four elements of a row are one thread's, so `tl.split` and
  `tl.join` only rename registers. A `tl.flip` of the whole block exchanges elements between threads and
  warps, through shuffles and shared memory.
- *Alignment.* An aligned quad of `out` is an aligned quad of `x` only if 4 divides $n$. Else one side
  must do without, and here it is the loads: four of 4 bytes per thread instead of one of 16. Together
  they still use every byte of the lines that the warp fetches.

**What goes wrong in the naive version.** `n - i` instead of `n - 1 - i` reads one past the end.
Reversing by $n/2$ exchanges, as one does in place, leaves the middle element of an odd $n$ unwritten.
Mirroring at the end of the last block, instead of the end of the vector, moves the padding of that
block to the front.

**What to try next.** Where 4 does not divide $n$, load the two aligned quads of `x` that hold a
misaligned one, and select: the second load finds the neighbour's first in L1.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "reverse_array"

ROWS = 512
BLOCK = 2048


@triton.jit
def quads_kernel(x_ptr, out_ptr, quads, ROWS: tl.constexpr):
    """out[r, c] = x[quads - 1 - r, 3 - c], with both vectors seen as matrices of `quads` rows of 4."""
    r = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)  # [ROWS]; r * 4 may pass 2**31
    c = tl.arange(0, 4)  # [4]
    mask = (r < quads)[:, None]  # [ROWS, 1]

    x = tl.load(x_ptr + (quads - 1 - r)[:, None] * 4 + c[None, :], mask=mask)  # [ROWS, 4]
    # The first split takes elements 0 and 2 from 1 and 3, the others take those apart.
    even, odd = tl.split(tl.reshape(x, [ROWS, 2, 2]))  # [ROWS, 2] each
    x0, x2 = tl.split(even)  # [ROWS] each
    x1, x3 = tl.split(odd)
    y = tl.join(tl.join(x3, x1), tl.join(x2, x0))  # [ROWS, 2, 2]
    tl.store(out_ptr + r[:, None] * 4 + c[None, :], tl.reshape(y, [ROWS, 4]), mask=mask)


@triton.jit
def single_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """out[i] = x[n - 1 - i] for any n."""
    start = tl.program_id(0).to(tl.int64) * BLOCK  # may pass 2**31
    i = start + tl.arange(0, BLOCK)  # [BLOCK]
    # Without a mask the compiler need not prove that it is the same for four neighbours, and the
    # stores have 16 bytes.
    if start + BLOCK <= n:
        tl.store(out_ptr + i, tl.load(x_ptr + (n - 1 - i)))
    else:
        mask = i < n
        tl.store(out_ptr + i, tl.load(x_ptr + (n - 1 - i), mask=mask), mask=mask)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    if n % 4 == 0:
        quads_kernel[(triton.cdiv(n // 4, ROWS),)](x, out, n // 4, ROWS=ROWS, num_warps=4)
    else:
        single_kernel[(triton.cdiv(n, BLOCK),)](x, out, n, BLOCK=BLOCK, num_warps=4)
