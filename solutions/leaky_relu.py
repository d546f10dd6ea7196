r"""# Leaky ReLU, both branches and a selection

**Idea.** Each program loads one block of elements, multiplies all of them by the slope, and keeps
the product where the element is not positive. No thread branches: a multiplication too many costs
nothing beside the memory it waits for.

**What bounds it.** Memory. $4n$ bytes are read and $4n$ written, for a multiplication, a comparison
and a selection per 8 bytes. A copy of `x` takes as long.

**What matters.**

- *The formula as it stands.* The selection asks for the sign of $x$, so it is right for any slope.
  $\max(x, slope \cdot x)$ is the same only for $slope \le 1$.
- *The slope is an argument.* It arrives in the kernel as float32, and one compiled kernel serves all
  slopes; as a `tl.constexpr` each new slope would be compiled again. Its rounding is off by a factor
  of at most $1 + 2^{-24}$.
- *Bytes in flight.* 2048 elements over 4 warps are 16 per thread: four loads of 16 bytes, all issued
  before the first store.

**What goes wrong in the naive version.** `tl.maximum(x, slope * x)` swaps the two branches if the
slope is greater than 1: positive elements are multiplied, negative ones stay. `slope or 0.01`, meant
as a default, takes a slope of 0 for none at all. And a slope written into the kernel is right until
someone asks for another.

**What to try next.** The gradient, $slope$ or 1, which needs only the sign of $x$: one bit per element
kept from the forward pass instead of four bytes. In practice the activation is fused into the
kernel that makes `x`.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "leaky_relu"

BLOCK = 2048


@triton.jit
def leaky_relu_kernel(x_ptr, slope, out_ptr, n, BLOCK: tl.constexpr):
    """out[i] = x[i] if x[i] > 0 else slope * x[i]."""
    # 64 bits: program_id * BLOCK passes 2**31 on vectors of more than 2**31 elements.
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    mask = i < n

    x = tl.load(x_ptr + i, mask=mask)  # [BLOCK]
    tl.store(out_ptr + i, tl.where(x > 0.0, x, slope * x), mask=mask)


def solve(x: Tensor, slope: float, out: Tensor) -> None:
    n = x.numel()
    leaky_relu_kernel[(triton.cdiv(n, BLOCK),)](x, slope, out, n, BLOCK=BLOCK, num_warps=4)
