r"""# Reduction, in two passes

**Idea.** A few programs for each multiprocessor share the blocks of `x` in turn: each adds its
blocks, element by element, to a block of partial sums, and stores the sum of those in scratch
memory. A second launch of the same kernel, with one program, sums the scratch.

**What bounds it.** Memory. Each call reads $4n$ bytes, for $n$ additions; scratch and answer are a
few kilobytes. The best possible time is that of reading `x`, and on an H200 $10^8$ values take no longer
than that. Two launches are felt only where $n$ is small.

**What matters.**

- *The second kernel starts while the first drains* (programmatic dependent launch). Kernels of one
  stream follow each other: as a rule the second is not even launched before the first has ended. With
  `launch_pdl` it is launched once all programs of the first have called `gdc_launch_dependents`, here
  at their very beginning; it then stops at `gdc_wait` until the first has ended and its stores can be
  seen. What a launch costs is hidden, the order of the sum is the same. In one run over cold buffers on an
  H200, this and the block took 12 % off the time of $n = 2^{22}$; with the block of 2048 as before it was
  9 %. It needs compute capability 9; before that, and on the interpreter, both calls are left out of the
  kernel.
- *A block of sums, not one sum.* `acc += x` needs no exchange between threads, so the loads of
  the next block do not wait for it. It is also the more exact: an element of `acc` sees
  $n / (P \cdot BLOCK)$ additions, about 23 of the $10^8$ with $P = 1056$ programs, and the rest are
  added pairwise.
- *A grid that is resident at once.* Eight programs of 4 warps are half of a multiprocessor's
  threads, and with 64 registers for each thread they just fit. Each thread has eight 16-byte loads in
  flight; with four, blocks of 2048, the $10^8$ values took 2.1 % longer. Blocks of 2048 over 8 warps are as
  fast as these. More programs would only give the second pass more to do.
- *Whole blocks without a mask.* A mask `i < n` with an odd `n` makes Triton fall back to 4-byte
  loads, as four neighbours might not share it. Only the tail has one here.

**What goes wrong in the naive version.** Programs that store their sum straight into `out` overwrite
each other. Atomics on `out` need it cleared first, and are added one after another: with one for
each of 24,000 blocks, rounding may pass $10^{-6}$ of the answer, and the last bits differ on each
run. A second pass over one block of scratch is right only while there are no more parts than that.

**What it misses.** At $2^{22}$ values the bytes take 4.0 µs. The other 3 µs or so are one launch, the
first read from DRAM (about 0.7 µs) and the way of the partial sums, which nothing hides: the last sums
leave the registers, the second kernel reads them from L2 (about 0.7 µs), adds them across its warps,
and stores. The second launch is hidden already. At $10^8$ nothing is missing.

**What to try next.** One launch: the last program to finish, found with an atomic counter, sums the
scratch. `eviction_policy="evict_first"`, since no byte is read twice.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.language.extra.cuda import gdc_launch_dependents, gdc_wait

CHALLENGE = "reduction"

BLOCK = 4096


@triton.jit
def sum_kernel(x_ptr, out_ptr, n, PDL: tl.constexpr, BLOCK: tl.constexpr):
    """out[p] = the sum of the blocks p, p + P, p + 2P, ... of x, for program p of P."""
    if PDL:
        gdc_launch_dependents()  # when all programs have come here, the next kernel may be launched
        gdc_wait()  # until the kernel before has ended, if this one was launched early
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
        sum_kernel[(1,)](x, out, n, PDL=False, BLOCK=BLOCK, num_warps=4)
    else:
        partial = torch.empty(parts, device=x.device)
        sum_kernel[(parts,)](x, partial, n, PDL=overlaps(x), BLOCK=BLOCK, num_warps=4)
        sum_kernel[(1,)](
            partial, out, parts, PDL=overlaps(x), BLOCK=BLOCK, num_warps=4, launch_pdl=overlaps(x)
        )


def overlaps(x: Tensor) -> bool:
    """Whether a kernel may be launched before the one it depends on ends: from compute capability 9 on."""
    return x.is_cuda and torch.cuda.get_device_capability(x.device)[0] >= 9


def processors(x: Tensor) -> int:
    """How many programs run side by side; on the interpreter any small number will do."""
    if x.is_cuda:
        return torch.cuda.get_device_properties(x.device).multi_processor_count
    return 2
