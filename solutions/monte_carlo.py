r"""# Monte Carlo integration: a scaled sum, in two passes

**Idea.** The estimate is the sum of the values times $(b - a) / n$. A few programs for each
multiprocessor sum the blocks in turn and store their sums in scratch memory; a second launch of
the same kernel, with one program, sums the scratch and scales it.

**What bounds it.** Memory. Each call reads $4n$ bytes, for $n$ additions; the scaling is a single
multiplication. The best possible time is that of reading `y`, and on an H200 $10^8$ values take no longer
than that.

**What matters.**

- *Scale once, at the end.* $(b - a) / n$ is known to Python before the launch, in double precision.
  Scaling each value instead costs a multiplication and a rounding per element.
- *The second kernel starts while the first drains* (programmatic dependent launch). It is launched
  once all programs of the first have called `gdc_launch_dependents`, and stops at `gdc_wait` until the
  first has ended and its stores can be seen: what a launch costs is hidden, the order of the sum is
  the same. In one run over cold buffers on an H200, this and the block took 12 % off the time of
  $n = 2^{22}$; with the block of 2048 as before it was 10 %. It needs compute capability 9; before that,
  and on the interpreter, both calls are left out of the kernel.
- *Enough loads in flight.* A block of 4096 over 4 warps is eight 16-byte loads for each thread. With
  2048 there are four, and the $10^8$ values took 2.1 % longer; over 8 warps instead, 0.2 % longer.
- *A block of sums, not one sum.* `acc += y` needs no exchange between threads, and an element of
  `acc` sees few additions: about 23 of the $10^8$ values with 1056 programs. All values may have
  the same sign, so the sum grows to $n$ times their mean, where single steps are lost in rounding.
- *Whole blocks without a mask.* A mask `i < n` with an odd `n` makes Triton fall back to 4-byte
  loads, as four neighbours might not share it. Only the tail has one here.

**What goes wrong in the naive version.** Dividing by the number of padded elements, or averaging the
means of blocks of which the last is shorter. Taking $|b - a|$ for the width: with $b < a$ the
integral changes its sign. Atomics on `out` need it cleared first.

**What it misses.** At $2^{22}$ values the bytes take 4.0 µs. The other 3 µs or so are one launch, the
first read from DRAM (about 0.7 µs) and the way of the partial sums, which nothing hides: the last sums
leave the registers, the second kernel reads them from L2 (about 0.7 µs), adds them across its warps,
and stores. The second launch is hidden already. At $10^8$ nothing is missing.

**What to try next.** One launch: the last program to finish, found with an atomic counter, sums the
scratch. Not the first kernel launched early as well, before the call before it has ended: that took 10 %
off the time of $2^{22}$ values, and 0.7 % off that of $10^8$, but only because calls in a row then overlap;
a single one is no faster. Drawing the points and computing $f$ in the kernel (`tl.rand`): then nothing is
read, and arithmetic is the bound.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.language.extra.cuda import gdc_launch_dependents, gdc_wait

CHALLENGE = "monte_carlo"

BLOCK = 4096


@triton.jit
def scaled_sum_kernel(y_ptr, out_ptr, n, scale, PDL: tl.constexpr, BLOCK: tl.constexpr):
    """out[p] = scale * the sum of the blocks p, p + P, p + 2P, ... of y, for program p of P."""
    if PDL:
        gdc_launch_dependents()  # when all programs have come here, the next kernel may be launched
        gdc_wait()  # until the kernel before has ended, if this one was launched early
    program = tl.program_id(0).to(tl.int64)  # block * BLOCK may pass 2**31
    programs = tl.num_programs(0)
    lane = tl.arange(0, BLOCK)  # [BLOCK]
    whole = n // BLOCK

    acc = tl.zeros([BLOCK], dtype=tl.float32)
    for block in range(program, whole, programs):
        acc += tl.load(y_ptr + block * BLOCK + lane)  # [BLOCK]

    # What is left belongs to the program whose turn it is.
    i = whole * BLOCK + lane  # [BLOCK]
    mask = (i < n) & (program == whole % programs)
    acc += tl.load(y_ptr + i, mask=mask, other=0.0)  # [BLOCK]
    tl.store(out_ptr + program, tl.sum(acc, axis=0) * scale)


def solve(y: Tensor, a: float, b: float, out: Tensor) -> None:
    n = y.numel()
    scale = (b - a) / n
    parts = min(triton.cdiv(n, BLOCK), 8 * processors(y))
    if parts == 1:
        scaled_sum_kernel[(1,)](y, out, n, scale, PDL=False, BLOCK=BLOCK, num_warps=4)
    else:
        partial = torch.empty(parts, device=y.device)
        scaled_sum_kernel[(parts,)](y, partial, n, 1.0, PDL=overlaps(y), BLOCK=BLOCK, num_warps=4)
        scaled_sum_kernel[(1,)](
            partial, out, parts, scale, PDL=overlaps(y), BLOCK=BLOCK, num_warps=4, launch_pdl=overlaps(y)
        )


def overlaps(y: Tensor) -> bool:
    """Whether a kernel may be launched before the one it depends on ends: from compute capability 9 on."""
    return y.is_cuda and torch.cuda.get_device_capability(y.device)[0] >= 9


def processors(y: Tensor) -> int:
    """How many programs run side by side; on the interpreter any small number will do."""
    if y.is_cuda:
        return torch.cuda.get_device_properties(y.device).multi_processor_count
    return 2
