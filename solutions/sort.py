r"""# Sorting, by radix: eight passes of four bits

**Idea.** The bits of a float32 are turned into a 32-bit key that orders as the float does, and keys
are sorted by one digit of 4 bits after the other, lowest first. Each pass is stable, so it keeps the
order of the digits before. It has three kernels: count the digits of each block, sum the counts so
that each (digit, block) knows where it begins, and move every key to its place.

**What bounds it.** Memory, and launches where $n$ is small. A pass reads all keys twice and writes them
once: $12n$ bytes, $96n$ in eight passes, though the second read and the writes of moderate $n$ still
find their data in L2. The least any sort moves is $8n$ bytes. PyTorch's radix sort (CUB) is faster:
this has 0.60 of its speed at $n = 2^{20}$ and 0.46 at $10^7$. Two things hold it back. Eight passes,
where digits of 8 bits need four: their 256 counts are a histogram in shared memory there, but the
running counts here live in registers, and 256 of them do not fit. And the stores of a pass:
neighbouring keys of a block go to 16 places, so a warp's store touches many sectors of 32 bytes and
fills few of them.

**What matters.**

- *The key.* Floats of equal sign order as integers do, backwards if negative. So the sign bit of a
  positive number is flipped, and every bit of a negative one.
- *Four counters in one word.* The rank of a key among the keys of its block with the same digit is a
  running count per digit. A block has 2048 keys, so a count fits in 16 bits and four in an
  int64: with 4 bits, four running sums count 16 digits. With 8 bits it would be 64 sums in half
  as many passes.
- *Digit first, then block.* Counts are laid out as [digit, block] and summed in this order: all keys
  with digit 0 come before those with digit 1, and within a digit the blocks keep their order. One
  program sums one digit's row, or several if they are short; the 16 totals are summed where needed.
- *In place by turns.* Keys go from `x` to scratch to `out` to scratch ...; after an even number
  of passes they end in `out`, where the last pass turns keys into floats again.

**What goes wrong in the naive version.** Without the flips, negative numbers come last, in
falling order. A pass that takes ranks from atomic counters is not stable, and undoes the passes before
it. Counting the padding of the last block shifts all that follows.

**What to try next.** What it would take to catch up, in this order: sort keys within the block before
they are stored, so that neighbouring threads write to neighbouring places; with that, digits of 8 bits
and four passes, as a local sort also yields the ranks; and one kernel per digit ("onesweep", Adinets
and Merrill), in which each block looks back at the counts of the blocks before instead of having them
summed by a kernel of its own, so that a pass reads its keys once.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "sort"

BLOCK = 2048  # keys per program; counts have 16 bits, and registers hold four running sums of them
SCAN = 4096  # counts per program and step of the scan
BITS = 4  # of a digit; 16 digits in four words of four counters are built into the kernels


@triton.jit
def key_of(bits):
    """An int32 whose bits, as an unsigned number, order as the float32 with these bits does."""
    return bits ^ ((bits >> 31) | -0x80000000)  # flip the sign, or if it is set, everything


@triton.jit
def bits_of(key):
    """The inverse of key_of."""
    return key ^ (~(key >> 31) | -0x80000000)


@triton.jit
def counter_of(digit):
    """1 in the counter of the digit among the four of its word: bit 16 * (digit % 4)."""
    return tl.full(digit.shape, 1, dtype=tl.int64) << (16 * (digit & 3))


@triton.jit
def counter_at(words, digit):
    """The count of the digit in its word."""
    return ((words >> (16 * (digit & 3))) & 0xFFFF).to(tl.int32)


@triton.jit
def count_kernel(keys_ptr, counts_ptr, n, blocks, shift, FLOATS: tl.constexpr, BLOCK: tl.constexpr):
    """counts[d, b] = number of keys of block b whose digit is d."""
    b = tl.program_id(0)
    i = b.to(tl.int64) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    mask = i < n
    key = tl.load(keys_ptr + i, mask=mask, other=0)  # [BLOCK]
    if FLOATS:
        key = key_of(key)
    digit = (key >> shift) & 15  # [BLOCK]
    one = tl.where(mask, counter_of(digit), 0)  # [BLOCK]

    d = tl.arange(0, 16)  # [16]
    words = tl.zeros([16], dtype=tl.int64)
    for word in tl.static_range(4):
        words = tl.where(d >> 2 == word, tl.sum(tl.where(digit >> 2 == word, one, 0), axis=0), words)
    tl.store(counts_ptr + d * blocks + b, counter_at(words, d))


@triton.jit
def scan_kernel(counts_ptr, totals_ptr, blocks, DIGITS: tl.constexpr, BLOCK: tl.constexpr):
    """counts[d, b] becomes counts[d, 0] + ... + counts[d, b - 1]; totals[d] is the sum of all."""
    d = tl.program_id(0) * DIGITS + tl.arange(0, DIGITS)  # [DIGITS]
    total = tl.zeros([DIGITS], dtype=tl.int32)
    for start in range(0, blocks, BLOCK):
        b = start + tl.arange(0, BLOCK)  # [BLOCK]
        mask = (b < blocks)[None, :]
        ptrs = counts_ptr + d[:, None] * blocks + b[None, :]  # [DIGITS, BLOCK]
        count = tl.load(ptrs, mask=mask, other=0)
        tl.store(ptrs, total[:, None] + tl.cumsum(count, axis=1) - count, mask=mask)
        total += tl.sum(count, axis=1)
    tl.store(totals_ptr + d, total)


@triton.jit
def move_kernel(
    keys_ptr,
    moved_ptr,
    counts_ptr,
    totals_ptr,
    n,
    blocks,
    shift,
    FROM_FLOATS: tl.constexpr,
    TO_FLOATS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """moved[p] = key, where p counts the keys with smaller digits, those with the same digit in the
    blocks before, and those with the same digit before it in its own block."""
    b = tl.program_id(0)
    i = b.to(tl.int64) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    mask = i < n
    key = tl.load(keys_ptr + i, mask=mask, other=0)  # [BLOCK]
    if FROM_FLOATS:
        key = key_of(key)
    digit = (key >> shift) & 15  # [BLOCK]
    one = tl.where(mask, counter_of(digit), 0)  # [BLOCK]

    rank = tl.zeros([BLOCK], dtype=tl.int32)
    for word in tl.static_range(4):
        running = tl.cumsum(tl.where(digit >> 2 == word, one, 0), axis=0)  # four counts at once
        rank = tl.where(digit >> 2 == word, counter_at(running, digit) - 1, rank)  # less the key itself

    d = tl.arange(0, 16)  # [16]
    total = tl.load(totals_ptr + d)
    first = tl.cumsum(total, axis=0) - total + tl.load(counts_ptr + d * blocks + b)  # [16]
    place = tl.gather(first, digit, axis=0) + rank  # [BLOCK]
    if TO_FLOATS:
        key = bits_of(key)
    tl.store(moved_ptr + place, key, mask=mask)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    blocks = triton.cdiv(n, BLOCK)
    counts = torch.empty(16, blocks, dtype=torch.int32, device=x.device)
    totals = torch.empty(16, dtype=torch.int32, device=x.device)
    scratch = torch.empty(n, dtype=torch.int32, device=x.device)
    width = min(triton.next_power_of_2(blocks), SCAN)
    digits = min(SCAN // width, 16)
    keys, moved, spare = x.view(torch.int32), scratch, out.view(torch.int32)

    for shift in range(0, 32, BITS):
        first, last = shift == 0, shift + BITS == 32
        count_kernel[(blocks,)](keys, counts, n, blocks, shift, FLOATS=first, BLOCK=BLOCK, num_warps=8)
        scan_kernel[(16 // digits,)](counts, totals, blocks, DIGITS=digits, BLOCK=width, num_warps=8)
        move_kernel[(blocks,)](
            keys,
            moved,
            counts,
            totals,
            n,
            blocks,
            shift,
            FROM_FLOATS=first,
            TO_FLOATS=last,
            BLOCK=BLOCK,
            num_warps=8,
        )
        keys, moved, spare = moved, spare, moved
