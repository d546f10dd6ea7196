r"""# Layer norm, the variance around the mean

**Idea.** Rows that fit in registers are read once, as a tile of rows: the mean is summed first, then
the squares of the distances from it. A wider row is read twice: the first pass runs Welford's
recurrence in each of `BLOCK` lanes, whose means and squares are then merged exactly; the second
writes the answer.

**What bounds it.** Memory. A row in registers is one read and one write, $8 \cdot rows \cdot cols$
bytes in all, besides $8 \cdot rows$ bytes of `mean` and `rstd`; `weight` and `bias` are read by every
program, but stay in cache. The wide kernel reads `x` twice, $12 \cdot rows \cdot cols$ bytes, less
what the second pass still finds in L2.

**What matters.**

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

**What to try next.** A persistent grid, whose programs keep `weight` and `bias` in registers and load
the next rows before they store these; for few and very wide rows, several programs per row, whose
means and squares a second kernel merges by the same formula.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "layer_norm"

WIDEST_IN_REGISTERS = 16384
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
    if block_c <= WIDEST_IN_REGISTERS:
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
