r"""# Reduction, in two passes

**Idea.** A few programs for each multiprocessor share the blocks of `x` in turn: each adds its
blocks, element by element, to a block of partial sums, and stores the sum of those in scratch
memory. A second launch of the same kernel, with one program, sums the scratch.

**What bounds it.** Memory. Each call reads $4n$ bytes, for $n$ additions; scratch and answer are a
few kilobytes. The best possible time is that of reading `x`. Two launches are felt only where $n$
is small.

**What matters.**

- *A block of sums, not one sum.* `acc += x` needs no exchange between threads, so the loads of
  the next block do not wait for it. It is also the more exact: an element of `acc` sees
  $n / (P \cdot BLOCK)$ additions, about 46 of the $10^8$ with $P = 1056$ programs, and the rest are
  added pairwise.
- *A grid that is resident at once.* Eight programs of 4 warps are half of a multiprocessor's
  threads; each thread has four 16-byte loads in flight. More programs would only give the second
  pass more to do.
- *Whole blocks without a mask.* A mask `i < n` with an odd `n` makes Triton fall back to 4-byte
  loads, as four neighbours might not share it. Only the tail has one here.

**What goes wrong in the naive version.** Programs that store their sum straight into `out` overwrite
each other. Atomics on `out` need it cleared first, and are added one after another: with one for
each of 24,000 blocks, rounding may pass $10^{-6}$ of the answer, and the last bits differ on each
run. A second pass over one block of scratch is right only while there are no more parts than that.

**What to try next.** One launch: the last program to finish, found with an atomic counter, sums the
scratch. Other block sizes; `eviction_policy="evict_first"`, since no byte is read twice.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "reduction"

BLOCK = 2048


@triton.jit
def sum_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """out[p] = the sum of the blocks p, p + P, p + 2P, ... of x, for program p of P."""
    program = tl.program_id(0).to(tl.int64)  # block * BLOCK may pass 2**31
    programs = tl.num_programs(0)
    lane = tl.arange(0, BLOCK)  # [BLOCK]
    whole = n // BLOCK

    acc = tl.zeros([BLOCK], dtype=tl.float32)
    for block in range(program, whole, programs):
        acc += tl.load(x_ptr + block * BLOCK + lane)  # [BLOCK]

    # What is left belongs to the program whose turn it is.
    i = whole * BLOCK + lane  # [BLOCK]
    mask = (i < n) & (program == whole % programs)
    acc += tl.load(x_ptr + i, mask=mask, other=0.0)  # [BLOCK]
    tl.store(out_ptr + program, tl.sum(acc, axis=0))


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    parts = min(triton.cdiv(n, BLOCK), 8 * processors(x))
    if parts == 1:
        sum_kernel[(1,)](x, out, n, BLOCK=BLOCK, num_warps=4)
    else:
        partial = torch.empty(parts, device=x.device)
        sum_kernel[(parts,)](x, partial, n, BLOCK=BLOCK, num_warps=4)
        sum_kernel[(1,)](partial, out, parts, BLOCK=BLOCK, num_warps=4)


def processors(x: Tensor) -> int:
    """How many programs run side by side; on the interpreter any small number will do."""
    if x.is_cuda:
        return torch.cuda.get_device_properties(x.device).multi_processor_count
    return 2
