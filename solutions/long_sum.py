r"""# Sum of long rows, in one step or in two

**Idea.** A program walks along its row in blocks and adds each block, element by element, to a
block of partial sums, which are added up once at the end. Where there are too few rows to fill the
GPU, each row is cut into parts with a program each, and the same kernel then sums the parts.

**What bounds it.** Memory. Every element is read once, $4 \cdot rows \cdot cols$ bytes, and takes
part in one addition; the $4 \cdot rows$ bytes of the answer and the scratch of the parts are
nothing beside that. The best possible time is that of reading `x`.

**What matters.**

- *A block of sums, not one sum.* `acc += x` needs no exchange between threads. `s += tl.sum(x)`
  crosses lanes and warps for every block, and the next block waits for it. The block of sums is
  also the more exact: each of its elements sees only `cols / BLOCK` additions, and the last step
  adds them pairwise.
- *Enough programs.* 64 rows with a program each leave half of a large GPU without work, and the
  other half with one program for each multiprocessor. `PROGRAMS` is several for each, and a part
  has at least 4 blocks, so that its sum at the end stays small beside the loop.

**What goes wrong in the naive version.** One block per row of the next power of two is a tensor
too large for Triton past $2^{20}$ elements, and spills long before. A loop over `cols // BLOCK`
blocks drops the tail; an unmasked last block adds the beginning of the next row. Atomics on `out`
need it to be zeroed first, and give different last bits on each run.

**What to try next.** Other block sizes and `num_stages`; several narrow rows per program, as a row
of 17 elements leaves most lanes of a warp idle; one kernel for both steps, in which the last
program of a row to finish sums the parts.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "long_sum"

WIDEST = 4096
PROGRAMS = 1024  # as many as fill a GPU several times
BLOCKS = 4  # in a part, at least


@triton.jit
def sum_kernel(x_ptr, out_ptr, cols, parts, span, BLOCK: tl.constexpr):
    """out[row, part] = sum_j x[row, j] over the span of columns that begins at part * span.

    `span` is a multiple of BLOCK, so only the end of the row needs a mask.
    """
    program = tl.program_id(0).to(tl.int64)  # row * cols may pass 2**31
    row = program // parts
    begin = (program % parts) * span

    acc = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, span, BLOCK):
        j = begin + start + tl.arange(0, BLOCK)  # [BLOCK]
        acc += tl.load(x_ptr + row * cols + j, mask=j < cols, other=0.0)  # [BLOCK]
    tl.store(out_ptr + program, tl.sum(acc, axis=0))


def sum_parts(x: Tensor, out: Tensor, parts: int) -> None:
    """out[row * parts + part] = the sum of one of `parts` spans of a row of x."""
    rows, cols = x.shape
    block = min(triton.next_power_of_2(cols), WIDEST)
    span = triton.cdiv(triton.cdiv(cols, parts), block) * block
    warps = min(max(block // 256, 1), 8)
    sum_kernel[(rows * parts,)](x, out, cols, parts, span, BLOCK=block, num_warps=warps)


def solve(x: Tensor, out: Tensor) -> None:
    rows, cols = x.shape
    parts = min(triton.cdiv(PROGRAMS, rows), cols // (BLOCKS * WIDEST))
    if parts <= 1:
        sum_parts(x, out, 1)
    else:
        partial = torch.empty(rows, parts, device=x.device)
        sum_parts(x, partial, parts)
        sum_parts(partial, out, 1)
