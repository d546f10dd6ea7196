r"""# Constant addition by one program

**Idea.** A program works on a whole block of elements at a time, here 1024. As the vector is never longer
than that, one program does everything: one load, one addition, one store.

**What bounds it.** The launch. The kernel reads $4n$ bytes and writes $4n$, at most 8 KiB, and does $n$
additions: $8n$ bytes divided by the memory bandwidth is a few nanoseconds, and starting any kernel
takes longer. All but one of the GPU's multiprocessors stand idle meanwhile.

**What matters.** The mask. `tl.arange` makes only blocks whose length is a power of two and known at
compile time, so the block covers 1024 offsets whatever `n` is. The mask `offsets < n` marks those that
exist. A masked load touches no memory where the mask is false, and a masked store leaves it as it is.

**What goes wrong in the naive version.** Without the mask on the store, the kernel writes over whatever
lies behind `out`. Without the mask on the load, it reads what lies behind `x`: that often goes
unnoticed, and sometimes ends in an illegal memory access.

**What to try next.** A block of `triton.next_power_of_2(n)` elements: fewer idle threads, and one more
compilation for every new size of block. Then a vector that does not fit in a block, which is the
challenge `constant_add_blocks`.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "constant_add"

BLOCK = 1024  # the largest n there is


@triton.jit
def add_constant_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """out[i] = x[i] + 10 for every i below n, which is at most BLOCK."""
    offsets = tl.arange(0, BLOCK)  # [BLOCK]
    mask = offsets < n

    x = tl.load(x_ptr + offsets, mask=mask)  # [BLOCK]
    tl.store(out_ptr + offsets, x + 10.0, mask=mask)


def solve(x: Tensor, out: Tensor) -> None:
    add_constant_kernel[(1,)](x, out, x.numel(), BLOCK=BLOCK, num_warps=4)
