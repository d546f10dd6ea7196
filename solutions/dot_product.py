r"""# Dot product, in two passes

**Idea.** A few programs for each multiprocessor share the blocks in turn. Each multiplies a block of
`a` with a block of `b` and adds the products, element by element, to a block of partial sums, whose
sum goes to scratch memory. A second kernel with one program sums the scratch.

**What bounds it.** Memory. Each call reads $8n$ bytes, for $n$ multiplications and $n$ additions: one
operation per 4 bytes. The best possible time is that of reading `a` and `b`, and on an H200 $5 \cdot 10^7$
pairs take no longer than that.

**What matters.**

- *A block of sums, not one sum.* `acc += a * b` is one fused instruction per element and needs no
  exchange between threads. One sum per block would cross the warps for each block.
- *The second kernel starts while the first drains* (programmatic dependent launch). It is launched once
  all programs of the first have called `gdc_launch_dependents`, and stops at `gdc_wait` until the first
  has ended and its stores can be seen: what a launch costs is hidden, the order of the sum is the same.
  In one run over cold buffers on an H200, that took 5.8 % off the time of $n = 2^{22}$, and 0.6 % off that
  of $5 \cdot 10^7$. It needs compute capability 9; before that, and on the interpreter, both calls are left
  out of the kernel.
- *Small blocks.* With 1024 elements over 4 warps a thread has two 16-byte loads from each vector in
  flight, and eight programs fit on a multiprocessor at once. Twice as many loads gain nothing here,
  unlike in a plain sum (`reduction.py`): blocks of 2048 took 2.4 and 0.7 % longer. Nor do 16 programs for
  each multiprocessor instead of 8, which took 2.1 and 1.5 % longer.
- *Whole blocks without a mask.* A mask `i < n` with an odd `n` makes Triton fall back to 4-byte
  loads, as four neighbours might not share it. Only the tail has one here.

**What goes wrong in the naive version.** Padding the tail with anything but 0 in at least one of the
vectors adds products that are not there. Programs that store their sum straight into `out`
overwrite each other; atomics on `out` need it cleared first, and give different last bits on each
run.

**What it misses.** At $2^{22}$ pairs the bytes take 8.0 µs. The other 2 µs or so are one launch, the
first read from DRAM (about 0.7 µs) and the way of the partial sums, which nothing hides: the last sums
leave the registers, the second kernel reads them from L2 (about 0.7 µs), adds them across its warps,
and stores. At $5 \cdot 10^7$ nothing is missing.

**What to try next.** One launch: the last program to finish, found with an atomic counter, sums the
scratch. `eviction_policy="evict_first"`, since no byte is read twice.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.language.extra.cuda import gdc_launch_dependents, gdc_wait

CHALLENGE = "dot_product"

BLOCK = 1024


@triton.jit
def dot_kernel(a_ptr, b_ptr, partial_ptr, n, PDL: tl.constexpr, BLOCK: tl.constexpr):
    """partial[p] = the sum of a[i] * b[i] over the blocks p, p + P, p + 2P, ..., for program p of P."""
    if PDL:
        gdc_launch_dependents()  # when all programs have come here, the next kernel may be launched
        gdc_wait()  # until the kernel before has ended, if this one was launched early
    program = tl.program_id(0).to(tl.int64)  # block * BLOCK may pass 2**31
    programs = tl.num_programs(0)
    lane = tl.arange(0, BLOCK)  # [BLOCK]
    whole = n // BLOCK

    acc = tl.zeros([BLOCK], dtype=tl.float32)
    for block in range(program, whole, programs):
        a = tl.load(a_ptr + block * BLOCK + lane)  # [BLOCK]
        b = tl.load(b_ptr + block * BLOCK + lane)  # [BLOCK]
        acc += a * b

    # What is left belongs to the program whose turn it is.
    i = whole * BLOCK + lane  # [BLOCK]
    mask = (i < n) & (program == whole % programs)
    a = tl.load(a_ptr + i, mask=mask, other=0.0)  # [BLOCK]
    b = tl.load(b_ptr + i, mask=mask, other=0.0)  # [BLOCK]
    acc += a * b
    tl.store(partial_ptr + program, tl.sum(acc, axis=0))


@triton.jit
def sum_kernel(partial_ptr, out_ptr, parts, PDL: tl.constexpr, BLOCK: tl.constexpr):
    """out = sum_p partial[p], in one program."""
    if PDL:
        gdc_launch_dependents()
        gdc_wait()  # partial is complete from here on
    p = tl.arange(0, BLOCK)  # [BLOCK]
    tl.store(out_ptr, tl.sum(tl.load(partial_ptr + p, mask=p < parts, other=0.0), axis=0))


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    n = a.numel()
    parts = min(triton.cdiv(n, BLOCK), 8 * processors(a))
    if parts == 1:
        dot_kernel[(1,)](a, b, out, n, PDL=False, BLOCK=BLOCK, num_warps=4)
    else:
        partial = torch.empty(parts, device=a.device)
        dot_kernel[(parts,)](a, b, partial, n, PDL=overlaps(a), BLOCK=BLOCK, num_warps=4)
        sum_kernel[(1,)](
            partial,
            out,
            parts,
            PDL=overlaps(a),
            BLOCK=triton.next_power_of_2(parts),
            num_warps=4,
            launch_pdl=overlaps(a),
        )


def overlaps(a: Tensor) -> bool:
    """Whether a kernel may be launched before the one it depends on ends: from compute capability 9 on."""
    return a.is_cuda and torch.cuda.get_device_capability(a.device)[0] >= 9


def processors(a: Tensor) -> int:
    """How many programs run side by side; on the interpreter any small number will do."""
    if a.is_cuda:
        return torch.cuda.get_device_properties(a.device).multi_processor_count
    return 2
