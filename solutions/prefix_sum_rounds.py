r"""# Prefix sum in a single pass, in rounds of resident programs

**Idea.** As many programs as the GPU holds at once, $P$, take the tiles in turn: program $p$ scans the
tiles $p, p + P, p + 2P, ...$ Between two of its tiles lie $P - 1$ of others, whose sums it adds up
itself. Each program publishes the sum of a tile one round before anybody needs it.

**What bounds it.** Memory. Each call reads $4n$ bytes and writes $4n$, as a copy of `x` does. On top
each tile of 16 KB has its program read $P - 1$ words of 8 bytes, 3 KB on an H200, from L2. On that GPU
$n = 5 \cdot 10^7$ reaches more than four fifths of the rate of a copy; two passes (`prefix_sum.py`) take
half as long again, and a little longer for $n = 2^{20}$, and look-back (`prefix_sum_lookback.py`) takes a
third longer for the former.

**What matters.**

- *A round ahead.* The next tile is already in registers when this one is scanned, so its sum is known,
  and published before this round's waiting begins; the one after that is on its way. What a program
  waits for has been published already if the others are less than a round behind, so hardly anyone
  waits. With look-back a tile's sum is needed as soon as it is there.
- *Why waiting is safe here.* In round $r$ a program waits only for sums that the others publish in
  round $r - 1$ at the latest, before they wait there themselves. So of programs that all run, the one
  that is furthest behind never waits for long, and all go on. And all run, as all are resident:
  `maxnreg` lets a thread have 80 registers, so that `RESIDENT` programs of 256 threads fit in the
  65,536 of a multiprocessor, and the grid has no more than that.
- *What that assumes.* As many registers, and room for 768 threads, on each multiprocessor; and that
  whatever else runs on the GPU ends at some time without waiting for this kernel. A grid that is larger
  by one program could hang for ever.
- *State and value in one word.* A bit in the upper half says that the lower half is a sum. A 64-bit
  access is one access, so nobody sees the one without the other, and no fence is needed.
- *A fixed order.* The sums between two tiles are always the same $P - 1$, added by `tl.sum`, and a
  program carries its own sum through about 31 rounds of the $5 \cdot 10^7$. So on one GPU the last bits
  are the same on each run, unlike with look-back.

**What goes wrong in the naive version.** Publishing this round's sum in this round makes everybody wait
for the slowest. Words that are not cleared on every call hold the sums of the last one. A plain load in
the waiting loop may be hoisted out of it: `volatile` keeps it there. And a grid as large as there are
tiles has programs wait for others that cannot start before these end.

**What it misses.** At $2^{20}$ the bytes take 2.0 µs, and the rest are latencies in a row: a launch
that clears the words, a launch, a read from DRAM (about 0.7 µs), the scan, a sum stored to L2 and read
there by all others (0.7 µs each), and the store. At $5 \cdot 10^7$ the bytes take 95.5 µs. Each of the
31 rounds ends for a program only when the slowest of the other 395 has published its sum, and each tile
of 16 KB has 3.2 KB of words read from L2 on top; clearing the words is a launch of 1.5 µs or so.

**What to try next.** A cooperative launch (`launch_cooperative_grid`), which the driver refuses where
not all programs are resident, instead of letting them hang. Other tiles were no better, for $2^{20}$ and
$5 \cdot 10^7$ in one run over cold buffers: 8192 took 6 % longer and as long, but spilled registers, 2048
took 12 and 15 % longer, 8192 over 16 warps 17 and 23 %. In a run in which the words were cleared by a
kernel of its own and each kernel was launched before the one before it had ended, from call to call too,
these tiles took 5.97 and 110.8 µs, and 5.97 and 106.3 without `evict_first`; with the next tile prefetched
to L2 instead of registers, also without, 5.91 and 108.1, and 5.99 and 107.4 with the fourth program on a
multiprocessor for which that makes room. The interpreter runs one program after the other, so there is but
one here: what passes between programs is seen on a GPU only.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "prefix_sum"

TILE = 4096
WARPS = 8
RESIDENT = 3  # programs that a multiprocessor holds for certain, with the registers below
PUBLISHED = tl.constexpr(1 << 32)  # in a word whose lower half is a sum; words begin as zeros


@triton.jit
def publish(words_ptr, tile, total):
    """Leave the sum of a tile, and that it is one, in a single word."""
    bits = total.to(tl.uint32, bitcast=True).to(tl.int64)
    tl.atomic_xchg(words_ptr + tile, bits | PUBLISHED, sem="relaxed")


@triton.jit
def scan_kernel(x_ptr, out_ptr, words_ptr, n, tiles, PROGRAMS: tl.constexpr, TILE: tl.constexpr):
    """out[i] = sum_{j <= i} x[j] for the tiles p, p + P, p + 2P, ... of program p of P.

    In a tile, which begins at i0:   out[i] = (sums of all tiles before) + sum_{i0 <= j <= i} x[j]
    """
    first = tl.program_id(0).to(tl.int64)  # 64 bits: tile * TILE may pass 2**31
    programs = tl.num_programs(0)
    k = tl.arange(0, TILE)  # [TILE]
    q = tl.arange(0, PROGRAMS)  # [PROGRAMS]

    start = first * TILE
    x = tl.load(x_ptr + start + k, mask=start + k < n, other=0.0)  # [TILE]
    start = (first + programs) * TILE
    ahead = tl.load(x_ptr + start + k, mask=start + k < n, other=0.0)  # [TILE]
    total = tl.sum(x, axis=0)
    publish(words_ptr, first, total)

    before = 0.0  # the sum of all tiles up to this program's last one
    for tile in range(first, tiles, programs):
        start = (tile + 2 * programs) * TILE
        mask = start + k < n  # [TILE]
        next_ahead = tl.load(x_ptr + start + k, mask=mask, other=0.0, eviction_policy="evict_first")  # [TILE]
        total_ahead = tl.sum(ahead, axis=0)
        if tile + programs < tiles:
            publish(words_ptr, tile + programs, total_ahead)
        scanned = tl.cumsum(x, axis=0)  # [TILE]

        # The sums of the tiles since this program's last one.
        j = tile - 1 - q  # [PROGRAMS]
        mask_j = (j >= 0) & (q < programs - 1)
        missing, others = 1, 0.0
        while missing > 0:
            word = tl.load(words_ptr + j, mask=mask_j, other=PUBLISHED, volatile=True)  # [PROGRAMS]
            missing = tl.max((word == 0).to(tl.int32), axis=0)
            others = tl.sum(word.to(tl.int32).to(tl.float32, bitcast=True), axis=0)
        before += others

        start = tile * TILE
        tl.store(out_ptr + start + k, before + scanned, mask=start + k < n, eviction_policy="evict_first")
        before += total
        x, ahead, total = ahead, next_ahead, total_ahead


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    tiles = triton.cdiv(n, TILE)
    programs = min(tiles, resident(x))
    words = torch.zeros(tiles, dtype=torch.int64, device=x.device)
    scan_kernel[(programs,)](
        x,
        out,
        words,
        n,
        tiles,
        PROGRAMS=triton.next_power_of_2(max(programs - 1, 32 * WARPS)),  # a word for each thread or more
        TILE=TILE,
        num_warps=WARPS,
        maxnreg=65536 // (32 * WARPS * RESIDENT) // 8 * 8,  # registers are given out by eights
    )


def resident(x: Tensor) -> int:
    """How many programs run side by side; on the interpreter, one after the other."""
    if x.is_cuda:
        return torch.cuda.get_device_properties(x.device).multi_processor_count * RESIDENT
    return 1
