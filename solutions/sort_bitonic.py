r"""# Sorting, by a bitonic network

**Idea.** A sequence that climbs and then falls is sorted by comparing each element with the one half
the length further on, putting the smaller first, and doing the same in both halves. So runs of
length 1, 2, 4, ... are sorted in turns upwards and downwards, and each two neighbours then merged.
Which elements are compared does not depend on the values: no counters, no atomics.

**What bounds it.** Memory traffic, by the number of passes. With $N = 2^L \ge n$ the network has
$L (L + 1) / 2$ layers. Strides below `BLOCK` $= 2^B$ stay in registers; above, one kernel applies
`RADIX` of the strides of a merge, so a merge to runs of $2^l$ elements takes
$\lceil (l - B) / \mathrm{RADIX} \rceil + 1$ passes of $8N$ bytes. For $n = 2^{20}$ these are 24 passes
in all, the blocks' own sort included, with `BLOCK` = 4096 and `RADIX` = 3.

**What matters.**

- *A block as a cube.* Within a block, elements a `stride` apart are the two halves of the middle axis
  of a [BLOCK / 2 stride, 2, stride] view. A layer is a minimum and a maximum along that axis.
- *Several strides in one pass.* A program may own elements that lie far apart: `2**RADIX` rows of
  neighbours, a stride apart, on which it applies `RADIX` layers for one read and one write.
- *Falling is climbing of the negated.* Runs that are to fall are negated, sorted upwards, and negated
  back; one code serves both directions.

**What goes wrong in the naive version.** The network wants a power of two. Padding with 0, or with
any finite number, puts the padding before what is larger; only $+\infty$ stays at the end. And one
kernel launch per layer reads and writes everything $L (L + 1) / 2$ times: 210 times for $n = 2^{20}$.

**What to try next.** Compare mirrored places in the first layer of each merge: then all runs climb,
$+\infty$ past the end never moves, and neither padding nor scratch is needed. Padding costs up to
twice the work just above a power of two. For large $n$ the radix sort beside this one does less: its
number of passes does not grow with $n$.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "sort"

LOG_BLOCK = 12  # of the elements that a program sorts in registers
LOG_COLUMNS = 8  # of the neighbours that a program takes along where it compares far apart
RADIX = 3  # strides of that kind in one pass


@triton.jit
def layer(x, STRIDE: tl.constexpr):
    """Compare elements STRIDE apart; the smaller comes first."""
    cube = tl.reshape(x, [x.numel // (2 * STRIDE), 2, STRIDE])
    low = tl.min(cube, axis=1, keep_dims=True)
    high = tl.max(cube, axis=1, keep_dims=True)
    side = tl.arange(0, 2)[None, :, None]
    return tl.reshape(tl.where(side == 0, low, high), x.shape)


@triton.jit
def merge(x, LOG_STRIDE: tl.constexpr, LAYERS: tl.constexpr):
    """LAYERS layers, of strides 2**LOG_STRIDE and downwards."""
    for step in tl.static_range(LAYERS):
        x = layer(x, 1 << (LOG_STRIDE - step))
    return x


@triton.jit
def direction(i, log_run):
    """1 for places in runs of 2**log_run elements that are to climb, -1 where they are to fall."""
    return 1.0 - 2.0 * ((i >> log_run) & 1).to(tl.float32)


@triton.jit
def block_kernel(x_ptr, to_ptr, n, length, LOG_BLOCK: tl.constexpr):
    """Sort blocks by themselves, up and down in turns; past the end of x stands +inf."""
    i = tl.program_id(0).to(tl.int64) * (1 << LOG_BLOCK) + tl.arange(0, 1 << LOG_BLOCK)  # [BLOCK]
    x = tl.load(x_ptr + i, mask=i < n, other=float("inf"))  # [BLOCK]
    for log_run in tl.static_range(1, LOG_BLOCK + 1):
        sign = direction(i, log_run)  # [BLOCK]
        x = merge(x * sign, log_run - 1, log_run) * sign
    tl.store(to_ptr + i, x, mask=i < length)


@triton.jit
def far_kernel(runs_ptr, log_run, log_stride, LAYERS: tl.constexpr, COLUMNS: tl.constexpr):
    """LAYERS layers of the merge to runs of 2**log_run, the last of stride 2**log_stride, in place."""
    # A row holds COLUMNS neighbours, and the rows of a program lie a stride apart: their places agree
    # in all bits but LAYERS of them, from log_stride on.
    first = tl.program_id(0).to(tl.int64) * COLUMNS
    below = first & ((1 << log_stride) - 1)
    above = (first >> log_stride) << (log_stride + LAYERS)
    rows = tl.arange(0, 1 << LAYERS).to(tl.int64) << log_stride  # [2**LAYERS]
    i = above + below + rows[:, None] + tl.arange(0, COLUMNS)[None, :]  # [2**LAYERS, COLUMNS]

    sign = direction(above, log_run)  # the same for all
    x = tl.load(runs_ptr + i) * sign
    for step in tl.static_range(LAYERS):
        x = layer(x, COLUMNS << (LAYERS - 1 - step))
    tl.store(runs_ptr + i, x * sign)


@triton.jit
def near_kernel(runs_ptr, to_ptr, length, log_run, LOG_BLOCK: tl.constexpr):
    """The last LOG_BLOCK layers of that merge, all within a block."""
    i = tl.program_id(0).to(tl.int64) * (1 << LOG_BLOCK) + tl.arange(0, 1 << LOG_BLOCK)  # [BLOCK]
    sign = direction(i, log_run)  # [BLOCK]
    x = merge(tl.load(runs_ptr + i) * sign, LOG_BLOCK - 1, LOG_BLOCK) * sign
    tl.store(to_ptr + i, x, mask=i < length)


def solve(x: Tensor, out: Tensor) -> None:
    n = x.numel()
    log_n = max((n - 1).bit_length(), 1)
    log_block = min(log_n, LOG_BLOCK)
    blocks = 1 << (log_n - log_block)
    runs = torch.empty(1 << log_n, device=x.device)

    for log_run in range(log_block, log_n + 1):
        # The run that is as long as the whole is the answer; what is past n is padding, and is dropped.
        to, length = (out, n) if log_run == log_n else (runs, 1 << log_n)
        if log_run == log_block:
            block_kernel[(blocks,)](x, to, n, length, LOG_BLOCK=log_block, num_warps=8)
            continue
        log_stride = log_run
        while log_stride > log_block:
            layers = min(RADIX, log_stride - log_block)
            log_stride -= layers
            programs = 1 << (log_n - layers - LOG_COLUMNS)
            far_kernel[(programs,)](
                runs, log_run, log_stride, LAYERS=layers, COLUMNS=1 << LOG_COLUMNS, num_warps=4
            )
        near_kernel[(blocks,)](runs, to, length, log_run, LOG_BLOCK=log_block, num_warps=8)
