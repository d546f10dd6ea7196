r"""# Layer norm, the variance around the mean

**Idea.** Rows that fit in registers are read once: the mean is summed first, then the squares of the
distances from it. Narrow ones share a program, as a tile of rows. Above 2048 columns a
program takes many rows in turn, and loads the next one before it is done with this one. A row that does
not fit is read twice: the first pass runs Welford's recurrence in each of `BLOCK` lanes, whose means
and squares are then merged exactly; the second writes the answer.

**What bounds it.** Memory. A row in registers is one read and one write, $8 \cdot rows \cdot cols$
bytes in all, besides $8 \cdot rows$ bytes of `mean` and `rstd`; `weight` and `bias` are read by every
program, but stay in cache. On an H200 4096 rows of 8192, and 16,384 rows of 1024, reach nine tenths of the
rate of a copy; PyTorch takes half as long again, or more. The wide kernel reads `x` twice, $12 \cdot rows
\cdot cols$ bytes, less what the second pass still finds in L2.

**What matters.**

- *Something to load at all times.* With a program for each row, 8192 columns are 16 warps whose threads
  need 78 registers, among others for `weight` and `bias`: only one fits on a multiprocessor, and while it
  reduces and stores, nothing is on its way. In one run over cold buffers on an H200 that took 36 % longer.
  Here the next row is already being loaded into registers of its own. One program on a multiprocessor is
  still all that fits, at 125 registers, but it hardly stands still, and reads `weight` and `bias` once for
  all its rows.
- *Or more programs.* The same row per program, with `weight` and `bias` loaded after the statistics,
  needs 52 registers, so two programs fit and one loads while the other reduces: 2.1 % longer, nearly as
  good, but it made the rows of 1024 slower, by 5.6 %. Prefetching through shared memory (`num_stages`) took
  5.3 % longer with four stages, 11 % with three and two programs; in registers with 32 warps, 1.0 %.
- *Two passes over registers.* Once the row is there, subtracting the mean before squaring costs no
  memory traffic, and the variance comes out as precise as the row is.
- *Welford per lane, merged at the end.* A lane that has seen $k$ values keeps their mean and the sum
  $q$ of the squares around it: no reduction inside the loop. At the end a lane with $k_l$ values and
  mean $m_l$ contributes $q_l + k_l (m_l - m)^2$ to the sum around the mean $m$ of the row (Chan).
- *Tiles of rows.* Narrow rows share a program, up to `TILE` elements: a row of 17 columns alone would
  leave most of a warp idle, and load `weight` and `bias` for itself.

**What goes wrong in the naive version.** $E[x^2] - E[x]^2$ cancels when the mean is large beside
the spread: at a mean of 100, $x^2$ is around 10,000 and float32 rounds it to a multiple of 0.001. After
subtracting the mean, padded columns hold $-mean$, not 0, and have to be masked *again* before
they are squared. Dividing by the padded width is right only for powers of two.

**What to try next.** For few and very wide rows, several programs per row, whose means and squares a
second kernel merges by the same formula. Or read rows of up to 32,768 columns once, with 32 warps.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "layer_norm"

WIDEST_IN_REGISTERS = 16384
NARROWEST_IN_TURN = 4096  # padded columns; programs take such rows in turn, narrower ones as tiles
WIDE_BLOCK = 4096
TILE = 4096  # elements of a tile of rows, where rows are narrower than that


@triton.jit
def rows_kernel(
    x_ptr,
    weight_ptr,
    bias_ptr,
    out_ptr,
    mean_ptr,
    rstd_ptr,
    rows,
    cols,
    eps,
    BLOCK_R: tl.constexpr,
    BLOCK_C: tl.constexpr,
):
    """mean = mean(x), rstd = 1 / sqrt(mean((x - mean)^2) + eps), out = (x - mean) * rstd * weight + bias."""
    r = tl.program_id(0) * BLOCK_R + tl.arange(0, BLOCK_R)  # [BLOCK_R]
    c = tl.arange(0, BLOCK_C)  # [BLOCK_C]
    mask_r, mask_c = r < rows, c < cols
    mask = mask_r[:, None] & mask_c[None, :]  # [BLOCK_R, BLOCK_C]
    offsets = r.to(tl.int64)[:, None] * cols + c[None, :]  # 64 bits: r * cols may pass 2**31
    x = tl.load(x_ptr + offsets, mask=mask, other=0.0)
    weight = tl.load(weight_ptr + c, mask=mask_c, other=0.0)[None, :]  # [1, BLOCK_C]
    bias = tl.load(bias_ptr + c, mask=mask_c, other=0.0)[None, :]

    mean = tl.sum(x, axis=1) / cols  # [BLOCK_R]
    centred = tl.where(mask, x - mean[:, None], 0.0)  # padding would be -mean
    var = tl.sum(centred * centred, axis=1) / cols  # [BLOCK_R]
    rstd = 1.0 / tl.sqrt(var + eps)
    tl.store(mean_ptr + r, mean, mask=mask_r)
    tl.store(rstd_ptr + r, rstd, mask=mask_r)
    tl.store(out_ptr + offsets, centred * rstd[:, None] * weight + bias, mask=mask)


@triton.jit
def persistent_kernel(
    x_ptr,
    weight_ptr,
    bias_ptr,
    out_ptr,
    mean_ptr,
    rstd_ptr,
    rows,
    cols,
    eps,
    BLOCK: tl.constexpr,
):
    """The same formula for every num_programs-th row, each loaded while the one before is worked on."""
    c = tl.arange(0, BLOCK)  # [BLOCK]
    mask = c < cols
    weight = tl.load(weight_ptr + c, mask=mask, other=0.0)  # [BLOCK]
    bias = tl.load(bias_ptr + c, mask=mask, other=0.0)  # [BLOCK]

    first = tl.program_id(0).to(tl.int64)  # row * cols may pass 2**31
    x_next = tl.load(x_ptr + first * cols + c, mask=mask, other=0.0)  # [BLOCK]
    for row in range(first, rows, tl.num_programs(0)):
        x = x_next
        ahead = row + tl.num_programs(0)
        x_next = tl.load(x_ptr + ahead * cols + c, mask=mask & (ahead < rows), other=0.0)  # [BLOCK]

        mean = tl.sum(x, axis=0) / cols
        centred = tl.where(mask, x - mean, 0.0)  # padding would be -mean
        var = tl.sum(centred * centred, axis=0) / cols
        rstd = 1.0 / tl.sqrt(var + eps)
        tl.store(mean_ptr + row, mean)
        tl.store(rstd_ptr + row, rstd)
        tl.store(out_ptr + row * cols + c, centred * rstd * weight + bias, mask=mask)


@triton.jit
def wide_row_kernel(x_ptr, weight_ptr, bias_ptr, out_ptr, mean_ptr, rstd_ptr, cols, eps, BLOCK: tl.constexpr):
    """The same formula for one row of any width.

    A lane's k-th value x:   m' = m + (x - m) / k
                             q' = q + (x - m) * (x - m')
    """
    row = tl.program_id(0).to(tl.int64)
    x_row = x_ptr + row * cols
    lane = tl.arange(0, BLOCK)  # [BLOCK]

    m = tl.zeros([BLOCK], dtype=tl.float32)
    q = tl.zeros([BLOCK], dtype=tl.float32)
    k = 0.0
    for start in range(0, cols, BLOCK):
        c = start + lane
        mask = c < cols
        k += 1.0
        x = tl.load(x_row + c, mask=mask, other=0.0)
        delta = tl.where(mask, x - m, 0.0)  # leaves lanes past the end as they are
        m += delta / k
        q += delta * (x - m)

    count = ((cols - 1 - lane + BLOCK) // BLOCK).to(tl.float32)  # [BLOCK], values that a lane has seen
    mean = tl.sum(m * count, axis=0) / cols
    var = tl.sum(q + count * (m - mean) * (m - mean), axis=0) / cols
    rstd = 1.0 / tl.sqrt(var + eps)
    tl.store(mean_ptr + row, mean)
    tl.store(rstd_ptr + row, rstd)

    for start in range(0, cols, BLOCK):
        c = start + lane
        mask = c < cols
        x = tl.load(x_row + c, mask=mask, other=0.0)
        weight = tl.load(weight_ptr + c, mask=mask, other=0.0)
        bias = tl.load(bias_ptr + c, mask=mask, other=0.0)
        tl.store(out_ptr + row * cols + c, (x - mean) * rstd * weight + bias, mask=mask)


def solve(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float, out: Tensor, mean: Tensor, rstd: Tensor
) -> None:
    rows, cols = x.shape
    block_c = triton.next_power_of_2(cols)
    if NARROWEST_IN_TURN <= block_c <= WIDEST_IN_REGISTERS:
        warps = block_c // 512  # 16 elements per thread
        programs = min(rows, processors(x) * max(32 // warps, 1))
        persistent_kernel[(programs,)](
            x,
            weight,
            bias,
            out,
            mean,
            rstd,
            rows,
            cols,
            eps,
            BLOCK=block_c,
            num_warps=warps,
        )
    elif block_c <= WIDEST_IN_REGISTERS:
        block_r = max(min(TILE // block_c, triton.next_power_of_2(rows)), 1)
        warps = min(max(block_r * block_c // 512, 1), 16)  # 16 elements per thread
        rows_kernel[(triton.cdiv(rows, block_r),)](
            x,
            weight,
            bias,
            out,
            mean,
            rstd,
            rows,
            cols,
            eps,
            BLOCK_R=block_r,
            BLOCK_C=block_c,
            num_warps=warps,
        )
    else:
        wide_row_kernel[(rows,)](x, weight, bias, out, mean, rstd, cols, eps, BLOCK=WIDE_BLOCK, num_warps=16)


def processors(x: Tensor) -> int:
    """How many programs run side by side; on the interpreter any small number will do."""
    if x.is_cuda:
        return torch.cuda.get_device_properties(x.device).multi_processor_count
    return 2
