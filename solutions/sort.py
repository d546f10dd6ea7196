r"""# Sorting, by radix: four passes of eight bits, each in one kernel ("onesweep")

**Idea.** The bits of a float32 are turned into a 32-bit key that orders as the float does, and keys are
sorted by one digit of 8 bits after the other, lowest first. Each pass is stable, so it keeps the order
of the digits before. One kernel counts the digits of all four passes. Then each pass is a single kernel
(Adinets and Merrill): a program sorts a tile of 4096 keys by its digit in shared memory, and learns by
looking back how many keys of each digit the tiles before hold.

**What bounds it.** The least any sort moves is $8n$ bytes; this moves $4n$ for the counts and $8n$ in each
pass, $36n$ in all, which for $n = 10^7$ would take an H200 some 86 µs. It takes 3.7 times as long
(PyTorch's sort takes some 6 times as long, and is slower for $n = 2^{20}$, too). Compiled for sm_90, a pass
has about 90 instructions for each key, half of them for ranks within the warp, and that is some 110 µs of
everything that 132 multiprocessors can issue. The rest is waiting: a program's steps depend on each other
and have barriers between them, and only three programs of 8 warps fit on a multiprocessor beside each
other, by their registers. With $n = 2^{20}$ all tiles run at once, and a pass takes as long as one of them.

**What matters.**

- *The key.* Floats of equal sign order as integers do, backwards if negative. So the sign bit of a
  positive number is flipped, and every bit of a negative one.
- *Ranks by warp.* A warp has 512 neighbouring keys and takes 32 of them at a time, in order. By a ballot
  on each bit of the digit, a thread learns which threads have its digit. Those of them below it are its
  rank among the 32, and the first adds their number to the warp's counter of this digit, once all have
  read it. Counts of the 8 warps, summed in the order of warps, make the rank within the tile.
- *Ballots.* The instruction `match.any` finds the threads with the same digit in one step, but is slow:
  with it this took 26 % longer for $n = 2^{20}$ and 32 % for $n = 10^7$, in one run over cold buffers.
- *Sorted before stored.* Keys go to their rank within the tile first, in shared memory, and from there to
  memory: keys of one digit are neighbours now, so a warp's store touches a few runs and not 32 sectors.
- *Count and state in one word*, as in `prefix_sum_lookback.py`, for each tile and digit. The state
  names the pass as well, so that words need not be cleared between passes. That leaves 28 bits for the
  count.
- *Tiles numbered by a counter*: a program waits only for programs that run already.
- *Two numbers in a register.* 16 counts wait in registers until the sums over the warps are known, each
  with the place of its counter in the other half. Kept apart they need 100 registers instead of 73, and
  a multiprocessor has two programs at a time instead of three.
- *In place by turns.* Keys go from `x` to scratch to `out` to scratch to `out`, where the last pass
  turns keys into floats again.

**Shared memory.** Triton has no words for memory that the threads of a program share, nor for what the
threads of a warp tell each other: a few lines of PTX supply them. `histogram.py` says why that is safe,
and what its limits are. Here they count on one thing more: that element p of a tile is in thread p %
THREADS, and that a thread takes its elements in order, as Triton lays a vector out where nothing
suggests otherwise. That is why the number of a thread is read from the machine: could the compiler see
that neighbours are loaded, it would give each thread four of them. Triton promises none of this. On the
interpreter the shared memory is a slice of a tensor, and counters are counted up one element after the
other, so that it tests all but the PTX and the layout.

**What was tried.** Eight passes of four bits, each a kernel that counts, one that sums the counts and one
that moves the keys, without PTX: 2.9 and 3.6 times as long, for $n = 2^{20}$ and $10^7$. With `match.any`,
and against it: 8 keys a thread took 22 and 18 % longer; 32 keys, 7 and 3 % less; a look back over 16 tiles
at a time, 3 % longer and 2 % less; registers cut to 64, for four programs on a multiprocessor, as long and
4 % less.

**What goes wrong in the naive version.** Without the flips, negative numbers come last, in falling
order. A pass that takes ranks from atomic counters is not stable, and undoes the passes before it. A
counter read after the first thread has added to it gives wrong ranks, so a warp waits for all to have
read. Padding has the largest key and comes last in its tile, so it ends behind all others and is not
stored; where digits are counted it has to be taken off.

**What it misses.** The roofline is one read and one write, $8n$ bytes. A radix sort by digits of 8 bits
moves all keys four times and reads them once more to count, $36n$ bytes, which by itself allows 22 %:
86 µs for $10^7$ keys. A pass issues some 1500 instructions for the 16 keys of a thread, 8 ballots for
each key's rank among them: in all four about 130 µs of all that 132 multiprocessors can issue at 1.7
GHz, and the programs wait between for tickets, shared memory and the counts of those before. $2^{20}$
keys are 256 tiles, fewer than fit on the GPU at once: each pass is one chain of such latencies, 12 µs
or so, with nothing to hide them.

**What to try next.** 32 keys a thread with ballots: tiles of 8192 halve the states to read and write, and
with `match.any` they won. Fewer instructions for ranks: a ballot, a negation and a conjunction for each bit
of each key are most of them.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "sort"

BITS = 8  # of a digit
DIGITS = 1 << BITS
THREADS = 256  # one for each digit
ITEMS = 16  # keys of a thread
TILE = THREADS * ITEMS
WINDOW = 8  # tiles that a look back sees at a time
COPIES = 8  # of the first kernel's counters, so that fewer threads meet at one bank
PROGRAMS = 6  # of the first kernel, for each multiprocessor


@triton.jit
def key_of(bits):
    """An int32 whose bits, as an unsigned number, order as the float32 with these bits does."""
    return bits ^ ((bits >> 31) | -0x80000000)  # flip the sign, or if it is set, everything


@triton.jit
def bits_of(key):
    """The inverse of key_of."""
    return key ^ (~(key >> 31) | -0x80000000)


# -- what Triton has no words for ---------------------------------------------------------------------


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
def thread_of(p, THREADS: tl.constexpr, ON_GPU: tl.constexpr):
    """p % THREADS, the thread that holds element p, in a way that the compiler cannot foresee."""
    if ON_GPU:
        return tl.inline_asm_elementwise("mov.u32 $0, %tid.x;", "=r,r", [p], tl.int32, True, 1)
    else:
        return p % THREADS


# `same` keeps the threads of the warp whose $2 has the same bit.
BALLOTS = tl.constexpr(
    "".join(
        f"""
            and.b32 bit, $2, {1 << bit};
            setp.ne.u32 set, bit, 0;
            vote.sync.ballot.b32 bit, set, 0xffffffff;
            @!set not.b32 bit, bit;
            and.b32 same, same, bit;"""
        for bit in range(BITS)
    )
)


@triton.jit
def count_in_order(words, i, ON_GPU: tl.constexpr):
    """words[i] += 1 for one thread of the warp after the other. The upper half of the answer is what was
    there before, the lower half is i.

    The threads of a warp have the same i // DIGITS, and no other warp has.
    """
    if ON_GPU:
        return tl.inline_asm_elementwise(
            f"""{{
            .reg .b32 same, below, number, before, bit;
            .reg .pred first, set;
            mov.u32 same, 0xffffffff;
            {BALLOTS}
            mov.u32 below, %lanemask_lt;
            and.b32 below, below, same;
            setp.eq.u32 first, below, 0;
            popc.b32 below, below;
            popc.b32 number, same;
            ld.shared.u32 before, [$1];
            add.u32 number, number, before;
            bar.warp.sync 0xffffffff;
            @first st.shared.u32 [$1], number;
            bar.warp.sync 0xffffffff;
            add.u32 before, before, below;
            shl.b32 before, before, 16;
            or.b32 $0, before, $2;
            }}""",
            "=r,r,r",
            [words + 4 * i, i],
            tl.int32,
            False,
            1,
        )
    else:
        return (tl.atomic_add(words + i, 1) << 16) | i


# -- kernels ------------------------------------------------------------------------------------------


@triton.jit
def count_kernel(
    x_ptr,
    totals_ptr,
    scratch_ptr,
    n,
    DIGITS: tl.constexpr,
    COPIES: tl.constexpr,
    TILE: tl.constexpr,
    THREADS: tl.constexpr,
    ON_GPU: tl.constexpr,
):
    """totals[turn, d] += number of keys whose digit number `turn` is d, over every num_programs-th tile."""
    WORDS: tl.constexpr = 4 * DIGITS * COPIES
    words = shared_words(scratch_ptr, WORDS, ON_GPU)
    t = tl.arange(0, THREADS)
    for start in range(0, WORDS, THREADS):
        put(words, start + t, tl.zeros([THREADS], dtype=tl.int32), ON_GPU)
    tl.debug_barrier()

    copy = tl.arange(0, TILE) // 4 % COPIES  # [TILE]; a thread loads four neighbours at a time
    padding = 0
    for start in range(tl.program_id(0) * TILE, n, tl.num_programs(0) * TILE):
        i = start + tl.arange(0, TILE)  # [TILE]
        key = key_of(tl.load(x_ptr + i, mask=i < n, other=0x7FFFFFFF))  # [TILE]; padding is all ones
        padding += tl.maximum(start + TILE - n, 0)
        for turn in tl.static_range(4):
            digit = (key >> (8 * turn)) & (DIGITS - 1)
            increment(words, (turn * DIGITS + digit) * COPIES + copy, ON_GPU)
    tl.debug_barrier()

    for start in range(0, 4 * DIGITS, THREADS):
        d = start + t  # [THREADS]
        count = tl.zeros([THREADS], dtype=tl.int32)
        for c in tl.static_range(COPIES):
            count += get(words, d * COPIES + (d + c) % COPIES, ON_GPU)
        count -= tl.where(d % DIGITS == DIGITS - 1, padding, 0)
        tl.atomic_add(totals_ptr + d, count, mask=count > 0, sem="relaxed")


@triton.jit
def pass_kernel(
    keys_ptr,
    moved_ptr,
    totals_ptr,
    tickets_ptr,
    states_ptr,
    scratch_ptr,
    n,
    TURN: tl.constexpr,
    DIGITS: tl.constexpr,
    TILE: tl.constexpr,
    THREADS: tl.constexpr,
    WINDOW: tl.constexpr,
    ON_GPU: tl.constexpr,
):
    """moved[p] = key, where p counts the keys with smaller digits, those with the same digit in the
    tiles before, and those with the same digit before it in its own tile."""
    WARPS: tl.constexpr = THREADS // 32
    # Counters first and then keys, and behind them a word for each digit.
    words = shared_words(scratch_ptr, TILE + DIGITS, ON_GPU)
    SHIFT: tl.constexpr = 8 * TURN
    # The upper four bits of a word say that it counts one tile, or all tiles up to this one.
    of_tile = (2 * TURN + 1) << 28
    of_all = (2 * TURN + 2) << 28

    tile = tl.atomic_add(tickets_ptr + TURN, 1, sem="relaxed")
    p = tl.arange(0, TILE)  # [TILE], row p // THREADS of thread p % THREADS
    t = thread_of(p, THREADS, ON_GPU)  # [TILE]
    row, warp, lane = p // THREADS, t // 32, t % 32  # [TILE]
    # Each warp has neighbours of its own, 32 in each row.
    i = tile * TILE + warp * (TILE // WARPS) + row * 32 + lane  # [TILE]
    key = tl.load(keys_ptr + i, mask=i < n, other=0x7FFFFFFF if TURN == 0 else -1)  # padding is all ones
    if TURN == 0:
        key = key_of(key)
    digit = (key >> SHIFT) & (DIGITS - 1)  # [TILE]

    # words[w * DIGITS + d]: how many keys of warp w have the digit d.
    d = tl.arange(0, DIGITS)  # [DIGITS]
    for w in tl.static_range(WARPS):
        put(words, w * DIGITS + d, tl.zeros([DIGITS], dtype=tl.int32), ON_GPU)
    tl.debug_barrier()
    counted = count_in_order(words, warp * DIGITS + digit, ON_GPU)  # [TILE]
    tl.debug_barrier()

    count = tl.zeros([DIGITS], dtype=tl.int32)
    warps_before = ()
    for w in tl.static_range(WARPS):
        warps_before += (count,)
        count += get(words, w * DIGITS + d, ON_GPU)
    tl.atomic_xchg(states_ptr + tile * DIGITS + d, count | tl.where(tile > 0, of_tile, of_all), sem="relaxed")
    first = tl.cumsum(count, axis=0) - count  # [DIGITS], where the digit begins in the sorted tile
    tl.debug_barrier()
    for w in tl.static_range(WARPS):
        put(words, w * DIGITS + d, first + warps_before[w], ON_GPU)
    tl.debug_barrier()
    rank = (counted >> 16) + get(words, counted & 0xFFFF, ON_GPU)  # [TILE], within the tile
    tl.debug_barrier()
    put(words, rank, key, ON_GPU)  # words now hold the sorted tile

    # Look back: how many keys with this digit do the tiles before have?
    before = tl.zeros([DIGITS], dtype=tl.int32)
    searching = tl.full([DIGITS], 1, dtype=tl.int32)
    end = tile
    while end > 0:
        found = before
        further = searching
        missing = tl.zeros([DIGITS], dtype=tl.int32)
        for back in tl.static_range(1, WINDOW + 1):
            at = states_ptr + (end - back) * DIGITS + d  # [DIGITS]
            state = tl.load(at, mask=end >= back, other=of_all, volatile=True)
            kind = ((state >> 28) & 15) - 2 * TURN  # 1 for one tile, 2 for all; otherwise it is not known yet
            missing = tl.where((further > 0) & (kind < 1), 1, missing)
            found += tl.where(further > 0, state & 0xFFFFFFF, 0)
            further = tl.where(kind == 1, further, 0)
        verdict = tl.max(tl.where(missing > 0, 2, further), axis=0)
        if verdict < 2:
            before = found
            searching = further
            end = tl.where(verdict == 1, end - WINDOW, 0)
    tl.atomic_xchg(states_ptr + tile * DIGITS + d, (before + count) | of_all, mask=tile > 0, sem="relaxed")

    total = tl.load(totals_ptr + TURN * DIGITS + d)  # [DIGITS]
    put(words, TILE + d, tl.cumsum(total, axis=0) - total + before - first, ON_GPU)
    tl.debug_barrier()
    j = row * THREADS + t  # [TILE]
    key = get(words, j, ON_GPU)
    place = get(words, TILE + ((key >> SHIFT) & (DIGITS - 1)), ON_GPU) + j
    if TURN == 3:
        key = bits_of(key)
    tl.store(moved_ptr + place, key, mask=j < n - tile * TILE)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    assert n < 1 << 28  # a count has 28 bits
    tiles = triton.cdiv(n, TILE)
    zeros = torch.zeros(5 + tiles, DIGITS, dtype=torch.int32, device=x.device)
    totals, tickets, states = zeros.split([4, 1, tiles])
    moved = torch.empty(n, dtype=torch.int32, device=x.device)
    programs = min(tiles, PROGRAMS * processors(x))
    # What shared memory holds on a GPU.
    room = max(programs * 4 * DIGITS * COPIES, tiles * (TILE + DIGITS))
    scratch = None if x.is_cuda else torch.empty(room, dtype=torch.int32)
    shape = dict(DIGITS=DIGITS, TILE=TILE, THREADS=THREADS, ON_GPU=x.is_cuda, num_warps=THREADS // 32)

    keys, spare = x.view(torch.int32), out.view(torch.int32)
    count_kernel[(programs,)](keys, totals, scratch, n, COPIES=COPIES, **shape)
    for turn in range(32 // BITS):
        pass_kernel[(tiles,)](
            keys, moved, totals, tickets, states, scratch, n, TURN=turn, WINDOW=WINDOW, **shape
        )
        keys, moved, spare = moved, spare, moved


def processors(x: Tensor) -> int:
    """How many programs run side by side; on the interpreter any small number will do."""
    if x.is_cuda:
        return torch.cuda.get_device_properties(x.device).multi_processor_count
    return 2
