r"""# ReLU, one comparison and one selection per element

**Idea.** Each program loads one block of elements, replaces those below 0 by 0, and stores the
block. What is not below 0 passes unchanged, and NaN is not below 0.

**What bounds it.** Memory. $4n$ bytes are read and $4n$ written; a comparison and a selection per 8
bytes are hidden behind them. A copy of `x` takes as long.

**What matters.**

- *Which comparison.* Every comparison with NaN is false, so NaN takes the second branch of
  whatever is written. `where(x < 0, 0, x)` has `x` there. `where(x > 0, x, 0)` is the same formula
  for all numbers, and has 0 there.
- *Small blocks, many warps.* 1024 elements over 8 warps are 4 per thread, one load of 16 bytes, and 8
  programs of this size fill a multiprocessor. In one run over cold buffers on an H200, with 8,388,608 and
  with 50,000,000 elements, 1024 over 4 warps took 1.7 and 0.1 % longer, 2048 over 8 warps 3.4 and 3.6 %,
  over 4 warps 4.5 and 4.9 %, 4096 over 8 warps 5.1 and 4.8 %.

**What goes wrong in the naive version.** `tl.maximum(x, 0.0)` compiles to the GPU's `max`, which
answers the other operand if one is NaN: NaN becomes 0, and a network that has diverged looks
healthy. (The interpreter uses NumPy's maximum, which keeps NaN.) `x * (x > 0)` turns $-\infty$ into
$-\infty \cdot 0$, NaN.

**What to try next.** `tl.maximum(x, 0.0, propagate_nan=tl.PropagateNan.ALL)`: one instruction since
sm_80, and no faster here, as arithmetic is not the limit. A bitwise form: shift the sign of the int32
view over all bits and clear with it (and see what becomes of a NaN with its sign set). In practice a
ReLU is fused into the kernel that makes `x`, and costs no traffic. Hints that no byte is used again lose:
with blocks of 2048 over 4 warps and 50,000,000 elements, `eviction_policy="evict_first"` took 3.7 % longer
than neither, and `cache_modifier=".cs"` on the stores 1.3 %.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "relu"

BLOCK = 1024


@triton.jit
def relu_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """out[i] = 0 if x[i] < 0 else x[i]."""
    # 64 bits: program_id * BLOCK passes 2**31 on vectors of more than 2**31 elements.
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    mask = i < n

    x = tl.load(x_ptr + i, mask=mask)  # [BLOCK]
    tl.store(out_ptr + i, tl.where(x < 0.0, 0.0, x), mask=mask)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    relu_kernel[(triton.cdiv(n, BLOCK),)](x, out, n, BLOCK=BLOCK, num_warps=8)
