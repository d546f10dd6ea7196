r"""# Histogram, counted in shared memory

**Idea.** A fixed number of programs walk over the input. Each has counters of its own in the shared
memory of its multiprocessor, adds 1 there for each value, and adds the counters to `out` once, at the
end. Triton has no words for memory that the threads of a program share, so a few lines of PTX supply
them.

**What bounds it.** Memory: $4n$ bytes are read and $4 \cdot bins$ written. With 256 bins and $n$ =
50,000,000 it comes within a few percent of that. An addition in shared memory costs a warp about as much as
a store there, if its 32 threads meet 32 different banks. With 4096 bins, 10,000,000 values take some 40 %
longer than the 9.6 µs that memory needs on an H200: clearing the counters and adding them to
`out` is work that does not shrink with $n$.

**What matters.**

- *Copies of the counters.* Threads that increment the same counter, or counters in the same bank, wait
  for each other. Counters are laid out as [bin, copy], and neighbouring threads use neighbouring copies:
  8 of them up to 1024 bins, fewer with more bins, as many as fit. With 32 copies no two threads of a warp
  would ever meet. But a warp that waits for its loads has time for some conflicts: neither 32 copies (7 %
  slower, 256 threads) nor 16 (1 % slower, 512 threads) was faster.
- *A persistent grid.* The programs send at most $programs \cdot bins$ atomics to memory, whatever $n$ is.
  That is why there are two of them on each multiprocessor up to 1024 bins, and one beyond: with 4096 bins
  two took 9 % longer, though both times are uncertain by 10 %.
- *Loads in flight.* A block of 16384 values gives each of 1024 threads four loads of 16 bytes, and two
  such programs fill a multiprocessor with threads.
- *Padding has a bin of its own*, behind the last, which nobody reads: the loop has no mask but the load's.

**Shared memory.** A variable that PTX declares as `.shared` is there once for each program, and the
assembler places it beside the shared memory that Triton uses itself, so they never overlap. What follows
from Triton not knowing of it:

- *Barriers are written out.* Triton places barriers for its own shared memory only. One stands between
  clearing, counting and reading. `is_pure=False` keeps the pieces of PTX in their order, and none is
  dropped because nobody uses its answer.
- *Each element once.* Where a tensor has fewer elements than the program has threads, Triton keeps an
  element in several threads, and each would increment. No tensor here has fewer than `THREADS`.
- *Limits.* 48 KB, Triton's own included; a size that is known when the kernel is compiled; one call of
  `shared_words` in a kernel, as each declares a variable of its own; and NVIDIA's GPUs. Nothing checks an
  index.
- *The interpreter* has no PTX. There each program's counters are a slice of a tensor. So it tests the
  algorithm, but neither the PTX nor the barriers.

**What was tried.** In one run over cold buffers on an H200, with 50,000,000 values in 256 bins and
10,000,000 in 4096, as ratios to the time of what is here:

| | 256 bins | 4096 bins |
|:--|--:|--:|
| 1024 threads, blocks of 16384, two programs on a multiprocessor | 1 | 1.09 |
| the same, but one program | | 1 |
| 512 threads, blocks of 8192, four programs | 1.01 | 1.30 |
| 256 threads, blocks of 8192, six programs | 1.07 | |
| 256 threads, blocks of 4096, six programs; with many bins 512, 8192, two | 1.14 | 1.12 |
| as above, the 1 being an operand | 1.14 | 1.12 |
| as above, 16 copies and eight programs | 1.17 | 1.19 |
| `tl.histogram`; with many bins, atomics on 16 copies in memory | 3.22 | 7.81 |

`tl.histogram` needs no PTX, but compares each value with many bins: compiled for sm_90, it costs a warp
56 instructions for 32 values and 256 bins. Atomics in memory ran at 93 per nanosecond, and 64 copies
gained 4 %.

**What goes wrong in the naive version.** Direct atomics everywhere: if all values are equal, $n$
increments queue up at one address. Adding to `out` without clearing it first: `out` arrives filled
with garbage. Without a barrier, a fast warp counts in counters that a slow one clears afterwards.

**What it misses.** With 4096 bins the 40 MB take 9.5 µs. On top come two launches, as `out` is cleared
first, and at both ends of the kernel work that no load overlaps: clearing the counters in shared
memory, and adding 132 × 4096 or more of them to `out` by atomics. At 50,000,000 values in 256 bins they
are a few µs of 50.

**What to try next.** With many bins, the end of each program: clusters of programs could add up their
counters in shared memory before they go to memory. More than 8192 bins, which there is no room for: a
program can count a part of the bins only and read all values, or more shared memory can be had from
Gluon, Triton's lower dialect, where it is a value like others.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "histogram"

THREADS = 1024
BLOCK = 16384  # values per step of a program
ROOM = 8192  # counters of a program


@triton.jit
def shared_words(scratch_ptr, WORDS: tl.constexpr, ON_GPU: tl.constexpr):
    """Where WORDS words of 4 bytes of the program's own begin: an address in shared memory, or in scratch."""
    if ON_GPU:
        return tl.inline_asm_elementwise(
            f"{{ .shared .align 16 .b32 words[{WORDS}]; mov.u32 $0, words; }}",
            "=r,r",  # one register is the answer; one is an operand, of which there has to be one
            [0],
            dtype=tl.int32,
            is_pure=False,  # it stays where it stands
            pack=1,  # elements at a time
        )
    else:
        return scratch_ptr + tl.program_id(0) * WORDS


@triton.jit
def get(words, i, ON_GPU: tl.constexpr):
    """words[i]."""
    if ON_GPU:
        return tl.inline_asm_elementwise(
            "ld.shared.u32 $0, [$1];", "=r,r", [words + 4 * i], tl.int32, False, 1
        )
    else:
        return tl.load(words + i)


@triton.jit
def put(words, i, value, ON_GPU: tl.constexpr):
    """words[i] = value."""
    if ON_GPU:
        tl.inline_asm_elementwise(
            "{ st.shared.u32 [$1], $2; mov.u32 $0, 0; }", "=r,r,r", [words + 4 * i, value], tl.int32, False, 1
        )
    else:
        tl.store(words + i, value)


@triton.jit
def increment(words, i, ON_GPU: tl.constexpr):
    """words[i] += 1, for each time that a value of i occurs."""
    if ON_GPU:
        tl.inline_asm_elementwise(
            "{ red.shared.add.u32 [$1], 1; mov.u32 $0, 0; }", "=r,r", [words + 4 * i], tl.int32, False, 1
        )
    else:
        tl.atomic_add(words + i, 1)


@triton.jit
def histogram_kernel(
    x_ptr,
    out_ptr,
    scratch_ptr,
    n,
    bins,
    BINS: tl.constexpr,
    COPIES: tl.constexpr,
    BLOCK: tl.constexpr,
    THREADS: tl.constexpr,
    ON_GPU: tl.constexpr,
):
    """counts[b] = #{i : x[i] = b} over every num_programs-th block, then out[b] += counts[b]."""
    # words[b * COPIES + c]: what copy c has counted in bin b. Bin number BINS is for the padding of x.
    words = shared_words(scratch_ptr, (BINS + 1) * COPIES, ON_GPU)
    t = tl.arange(0, THREADS)
    for first in range(0, BINS * COPIES, THREADS):
        put(words, first + t, tl.zeros([THREADS], dtype=tl.int32), ON_GPU)  # the padding's may stay garbage
    tl.debug_barrier()

    # A thread loads four neighbours at a time. Neighbouring threads use neighbouring copies.
    copy = tl.arange(0, BLOCK) // 4 % COPIES  # [BLOCK]
    # 64 bits: the last step of the loop may carry the offset past 2**31.
    for start in range(tl.program_id(0).to(tl.int64) * BLOCK, n, tl.num_programs(0) * BLOCK):
        i = start + tl.arange(0, BLOCK)  # [BLOCK]
        x = tl.load(x_ptr + i, mask=i < n, other=BINS)  # [BLOCK]
        increment(words, x * COPIES + copy, ON_GPU)
    tl.debug_barrier()

    for first in range(0, BINS, THREADS):
        b = first + t  # [THREADS]
        count = tl.zeros([THREADS], dtype=tl.int32)
        for c in tl.static_range(COPIES):
            # Each thread begins with another copy, that is another bank.
            count += get(words, b * COPIES + (b + c) % COPIES, ON_GPU)
        # Most programs have seen no value of a rare bin: adding 0 would be a wasted atomic.
        tl.atomic_add(out_ptr + b, count, mask=(b < bins) & (count > 0), sem="relaxed")


def solve(x: Tensor, bins: int, out: Tensor) -> None:
    assert bins <= ROOM  # otherwise there is no room for a single copy
    n = x.numel()
    padded = triton.cdiv(bins, THREADS) * THREADS
    copies = ROOM // padded
    # Each program sends its counts of all bins to memory: with many bins, one for each multiprocessor.
    programs = min(triton.cdiv(n, BLOCK), (2 if padded == THREADS else 1) * processors(x))
    # What shared memory holds on a GPU.
    scratch = None if x.is_cuda else torch.empty(programs, (padded + 1) * copies, dtype=torch.int32)
    out.zero_()  # it arrives filled with garbage, and the kernel adds to it
    histogram_kernel[(programs,)](
        x,
        out,
        scratch,
        n,
        bins,
        BINS=padded,
        COPIES=copies,
        BLOCK=BLOCK,
        THREADS=THREADS,
        ON_GPU=x.is_cuda,
        num_warps=THREADS // 32,
    )


def processors(x: Tensor) -> int:
    """How many programs run side by side; on the interpreter any small number will do."""
    if x.is_cuda:
        return torch.cuda.get_device_properties(x.device).multi_processor_count
    return 2
