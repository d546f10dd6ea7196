r"""# Sum of long rows, in one step or in two

**Idea.** A program walks along its row in blocks and adds each block, element by element, to a
block of partial sums, which are added up once at the end. The blocks begin at the row's first multiple
of 16 bytes. Where there are too few rows to fill the GPU, each row is cut into parts with a program
each, and the same kernel then sums the parts.

**What bounds it.** Memory. Every element is read once, $4 \cdot rows \cdot cols$ bytes, and takes
part in one addition; the $4 \cdot rows$ bytes of the answer and the scratch of the parts are
nothing beside that. The best possible time is that of reading `x`.

**What matters.**

- *A block of sums, not one sum.* `acc += x` needs no exchange between threads. `s += tl.sum(x)`
  crosses lanes and warps for every block, and the next block waits for it. The block of sums is
  also the more exact: each of its elements sees only `cols / BLOCK` additions, and the last step
  adds them pairwise.
- *Accesses of 16 bytes.* A row of 1,000,003 floats begins on a multiple of 4 bytes only, and blocks that
  begin with it are read 4 bytes at a time. The up to three elements before the first whole group of
  four, and those after the last, are read apart, by the row's first part. The loop has no mask either:
  it covers whole blocks, and one masked load follows it.
- *Enough programs.* 64 rows with a program each leave half of a large GPU without work, and the
  other half with one program for each multiprocessor. A part has at least 4 blocks, so that its sum at
  the end stays small beside the loop. Many small programs also end evenly: 1024 of which 5 fit on each
  of 132 multiprocessors make 1.55 waves.

In one run over cold buffers on an H200, 64 rows of 1,000,003 took 2.1 % longer with 2048 programs instead
of 4096, 3.3 % longer with 2048 and blocks of 8192, and 15 % longer with 1024 programs that begin where
their rows do. 4096 rows of 8192 took 2.8 % longer with a mask in the loop.

**What goes wrong in the naive version.** One block per row of the next power of two is a tensor
too large for Triton past $2^{20}$ elements, and spills long before. A loop over `cols // BLOCK`
blocks drops the tail; an unmasked last block adds the beginning of the next row. Atomics on `out`
need it to be zeroed first, and give different last bits on each run.

**What to try next.** Several narrow rows per program, as a row of 17 elements leaves most lanes of a
warp idle; one kernel for both steps, in which the last program of a row to finish sums the parts.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "long_sum"

WIDEST = 4096
PROGRAMS = 4096  # as many as fill a GPU several times
BLOCKS = 4  # in a part, at least


@triton.jit
def sum_kernel(x_ptr, out_ptr, cols, parts, span, BLOCK: tl.constexpr):
    """out[row, part] = sum_j x[row, j] over one of `parts` parts of the row.

    Groups of 4 elements, 16 bytes, count from the beginning of x. The row's whole groups are cut into
    parts of `span` elements, a multiple of BLOCK; what the row has before and after them, at most 3
    elements at either end, goes to its first part.
    """
    program = tl.program_id(0).to(tl.int64)  # row * cols may pass 2**31
    row = program // parts
    part = program % parts
    begin = row * cols
    first = (begin + 3) // 4 * 4  # of the whole groups
    end = (begin + cols) // 4 * 4  # less than first if the row lies within one group

    k = tl.arange(0, 8)  # [8]: the row's first 4 places and its last 4
    place = begin + tl.where(k < 4, k, cols - 8 + k)  # [8]
    inside = (place >= begin) & (place < begin + cols) & (part == 0)
    head = (k < 4) & (place < first)
    tail = (k >= 4) & (place >= end) & (place >= first)
    edges = tl.load(x_ptr + place, mask=inside & (head | tail), other=0.0)  # [8]

    first += part * span
    t = tl.arange(0, BLOCK)  # [BLOCK]
    left = tl.minimum(end - first, span).to(tl.int32)
    whole = tl.maximum(left, 0) // BLOCK * BLOCK
    acc = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, whole, BLOCK):
        acc += tl.load(x_ptr + first + start + t)  # [BLOCK]
    mask = (whole + t < span) & (whole + t < end - first)
    acc += tl.load(x_ptr + first + whole + t, mask=mask, other=0.0)
    tl.store(out_ptr + program, tl.sum(acc, axis=0) + tl.sum(edges, axis=0))


def sum_parts(x: Tensor, out: Tensor, parts: int) -> None:
    """out[row * parts + part] = the sum of one of `parts` parts of a row of x."""
    rows, cols = x.shape
    block = min(triton.next_power_of_2(cols), WIDEST)
    span = triton.cdiv(triton.cdiv(cols, parts), block) * block
    warps = min(max(block // 512, 1), 8)
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
