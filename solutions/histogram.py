r"""# Histogram, counted in registers before it reaches memory

**Idea.** A fixed number of programs walk over the input; each counts its blocks with
`tl.histogram` into a private histogram and adds that to `out` once, at the end. With too many bins
for a private histogram, each value becomes one atomic increment in memory.

**What bounds it.** Memory at best: $4n$ bytes are read, and $4 \cdot bins$ bytes are written, for
one comparison-free increment per value. What gets in the way is atomics. The private histograms
send $programs \cdot bins$ of them to memory, whatever $n$ is; the direct kernel sends $n$.

**What matters.**

- *A persistent grid.* One histogram per block would mean $n / BLOCK \cdot bins$ atomics, more than
  the $n$ of the direct kernel as soon as `bins` passes `BLOCK`. A fixed grid with a loop makes
  their number independent of $n$.
- *The limit on bins.* Within a warp, `tl.histogram` gives each thread `bins / 32` bins and has
  it count every value of the warp for them, so its work per value grows with `bins`. Past
  `PRIVATE_BINS` the direct kernel takes over.

**What goes wrong in the naive version.** Direct atomics everywhere: if all values are equal, $n$
increments queue up at one address. Adding to `out` without clearing it first: `out` arrives filled
with garbage. Padding the last block without a mask: the padding is counted as zeros. And
`tl.histogram` wants a power of two of bins, so the counts have to be cut to `bins` again.

**What to try next.** More private bins by splitting them over a second grid axis, with a mask for
the values that belong to another slice (the input is then read once per slice); for the direct
kernel, several copies of `out` in scratch, summed at the end, so that equal values spread over
more addresses.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "histogram"

PRIVATE_BINS = 1024


@triton.jit
def private_kernel(x_ptr, out_ptr, n, bins, BINS: tl.constexpr, BLOCK: tl.constexpr):
    """counts[b] = #{i : x[i] = b} over every num_programs-th block, then out[b] += counts[b]."""
    counts = tl.zeros([BINS], dtype=tl.int32)
    # 64 bits: the last step of the loop may carry the offset past 2**31.
    first = tl.program_id(0).to(tl.int64) * BLOCK
    for start in range(first, n, tl.num_programs(0) * BLOCK):
        i = start + tl.arange(0, BLOCK)  # [BLOCK]
        mask = i < n
        x = tl.load(x_ptr + i, mask=mask, other=0)  # [BLOCK]
        counts += tl.histogram(x, BINS, mask=mask)  # [BINS]; padding is not counted

    b = tl.arange(0, BINS)  # [BINS]
    # Most programs have seen no value of a rare bin: adding 0 would be a wasted atomic.
    tl.atomic_add(out_ptr + b, counts, mask=(b < bins) & (counts > 0), sem="relaxed")


@triton.jit
def direct_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """out[x[i]] += 1 for each i of this program's block."""
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    mask = i < n
    x = tl.load(x_ptr + i, mask=mask, other=0)  # [BLOCK]
    tl.atomic_add(out_ptr + x, 1, mask=mask, sem="relaxed")


def solve(x: Tensor, bins: int, out: Tensor) -> None:
    n = x.numel()
    out.zero_()  # it arrives filled with garbage, and both kernels add to it
    if bins <= PRIVATE_BINS:
        block = 4096
        programs = min(triton.cdiv(n, block), 4 * processors(x))
        padded = max(triton.next_power_of_2(bins), 32)
        private_kernel[(programs,)](x, out, n, bins, BINS=padded, BLOCK=block, num_warps=8)
    else:
        block = 1024
        direct_kernel[(triton.cdiv(n, block),)](x, out, n, BLOCK=block, num_warps=4)


def processors(x: Tensor) -> int:
    """How many programs run side by side; on the interpreter any small number will do."""
    if x.is_cuda:
        return torch.cuda.get_device_properties(x.device).multi_processor_count
    return 2
