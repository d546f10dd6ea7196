r"""# Histogram, counted in private before it reaches memory

**Idea.** A fixed number of programs walk over the input; each counts its blocks with
`tl.histogram` into a private histogram and adds that to `out` once, at the end. With too many bins
for a private histogram, each value becomes one atomic increment in one of a few copies of the
answer, which a second kernel adds up.

**What bounds it.** Counting. $4n$ bytes are read and $4 \cdot bins$ written, which at $n$ = 50,000,000
would take an H200 some 47 µs; with 256 bins it took 158 in one run over cold buffers. The private
histograms send at most $programs \cdot bins$ atomics to memory, whatever $n$ is, but `tl.histogram`
compares each value with many bins: compiled for sm_90, it costs a warp 56 instructions for 32
values and 256 bins, which is 97 µs of everything that 132 multiprocessors can issue. The copies take
$n$ atomics: 10,000,000 values in 4096 bins took 107 µs, 93 atomics per nanosecond.

**What matters.**

- *A persistent grid.* One histogram per block would mean $n / BLOCK \cdot bins$ atomics, more than
  one per value as soon as `bins` passes `BLOCK`. A fixed grid with a loop makes their number
  independent of $n$.
- *The limit on bins.* Within a warp, `tl.histogram` gives each thread `bins / 32` bins and has
  it count every value of the warp for them, so its work per value grows with `bins`. Past
  `PRIVATE_BINS` the copies take over.
- *Blocks and programs.* 4096 values over 4 warps, 16 programs for each multiprocessor: 158 µs at
  256 bins. 4096 over 8 warps took 156, and larger or smaller blocks more: 16384 over 8 warps 164,
  8192 over 4 warps 169 with 16 programs and 184 with 5, 2048 over 2 warps 241, 1024 over one warp 259.
- *Copies.* Two increments of one bin have to wait for each other, and so do two of the same cache
  line. With 16 copies, neighbouring programs meet 16 times less often; beyond that the number of
  atomics is what remains. 32 copies took 109 µs at 4096 bins, 64 copies 103, the 16 here 107.

**What goes wrong in the naive version.** Direct atomics everywhere: if all values are equal, $n$
increments queue up at one address. Adding to `out` without clearing it first: `out` arrives filled
with garbage. Padding the last block without a mask: the padding is counted as zeros. And
`tl.histogram` wants a power of two of bins, so the counts have to be cut to `bins` again.

**What to try next.** Histograms in shared memory, which Triton does not give access to (its Gluon
dialect does): an increment there costs a fraction of one in L2. Or count with tensor cores: with
values split into high and low halves, the histogram is a product of two one-hot matrices.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "histogram"

PRIVATE_BINS = 1024
COPIES = 16


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
def copies_kernel(x_ptr, copies_ptr, n, bins, COPIES: tl.constexpr, BLOCK: tl.constexpr):
    """copies[c, x[i]] += 1 for each i of this program's block, where c is the program's own copy."""
    pid = tl.program_id(0)
    i = pid.to(tl.int64) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    mask = i < n
    x = tl.load(x_ptr + i, mask=mask, other=0)  # [BLOCK]
    copy_ptr = copies_ptr + (pid % COPIES) * bins
    tl.atomic_add(copy_ptr + x, 1, mask=mask, sem="relaxed")


@triton.jit
def sum_copies_kernel(copies_ptr, out_ptr, bins, COPIES: tl.constexpr, BLOCK: tl.constexpr):
    """out[b] = sum_c copies[c, b]."""
    c = tl.arange(0, COPIES)[:, None]  # [COPIES, 1]
    b = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    counts = tl.load(copies_ptr + c * bins + b[None, :], mask=(b < bins)[None, :], other=0)
    tl.store(out_ptr + b, tl.sum(counts, axis=0), mask=b < bins)


def solve(x: Tensor, bins: int, out: Tensor) -> None:
    n = x.numel()
    if bins <= PRIVATE_BINS:
        out.zero_()  # it arrives filled with garbage, and the kernel adds to it
        block = 4096
        programs = min(triton.cdiv(n, block), 16 * processors(x))
        padded = max(triton.next_power_of_2(bins), 32)
        private_kernel[(programs,)](x, out, n, bins, BINS=padded, BLOCK=block, num_warps=4)
    else:
        block = 1024
        copies = torch.zeros(COPIES, bins, dtype=torch.int32, device=x.device)
        copies_kernel[(triton.cdiv(n, block),)](x, copies, n, bins, COPIES=COPIES, BLOCK=block, num_warps=4)
        sum_copies_kernel[(triton.cdiv(bins, 64),)](copies, out, bins, COPIES=COPIES, BLOCK=64)


def processors(x: Tensor) -> int:
    """How many programs run side by side; on the interpreter any small number will do."""
    if x.is_cuda:
        return torch.cuda.get_device_properties(x.device).multi_processor_count
    return 2
