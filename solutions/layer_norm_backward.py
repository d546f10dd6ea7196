r"""# Layer norm backward, sums over rows without atomics

**Idea.** `dx` needs sums along each row, `dweight` and `dbias` need sums down each column. A fixed
number of programs walk over the rows; each writes `dx` row by row, keeps its own column sums in
registers, and stores them once to scratch; a second kernel adds up those partial sums.

**What bounds it.** Memory. `x` and `d_out` are read once and `dx` is written once: $12 \cdot rows \cdot
cols$ bytes. For 16,384 rows of 1024 and for 4096 rows of 4096 that is 201 MB, which an H200 moves in 48
µs. The scratch adds $16 \cdot programs \cdot cols$ bytes, written and read again while still in L2. The
wide path reads `x` and `d_out` more than once, see below.

**What matters.**

- *Partial sums, not atomics.* Float addition is not associative, so atomics, which arrive in any
  order, give different last bits on each run. Here the order is fixed by the shape and the GPU: the
  result is the same each time, bit for bit. It also spares each row `2 * cols` atomics.
- *Two rounds of sums instead of four.* Each sum along a row crosses the warps, and everything waits for
  it. $\overline{g}$ needs no mean, so it is summed together with $\overline{x}$. With $d = x -
  \overline{x}$ the sum $\overline{g \hat{x}} = rstd \cdot \overline{g d}$ needs no `rstd`, so it is
  summed together with $\overline{d^2}$.
- *A last kernel for the whole GPU.* It reads a few hundred partial sums of each column. With 32 columns
  for each program, 1024 columns were 32 programs, and 100 multiprocessors were idle; with 8 there are
  128. In one run over cold buffers both changes together took 12 % off the time of the 16,384 rows, and 8 %
  off that of the 4096.
- *The next tile comes to L2 meanwhile.* The two programs of a multiprocessor have all of its registers,
  and while they reduce and store, nothing would be on its way. One thread, with one instruction,
  `cp.async.bulk.prefetch.L2`, asks for all of the next tile, which takes no registers, no shared memory
  and no waiting. In another run the rows took 4.4 and 2.0 % less time with it than without. The sum of the
  parts is launched early, behind the first kernel of the same call, which alone changed little: 0.5 % more
  and 1.4 % less. One program of 16 warps with tiles of 8192 on each multiprocessor, which leaves half the
  parts, took 10 and 0.2 % longer.
- *No pipeline.* `num_stages` that load the next tile into shared memory instead are right for one
  shape only: in the first run three stages took 1.9 % less time for the narrow rows, but 21 % more for the
  wide ones; two took 2.9 and 3.4 % more.
- *One read of the row.* Mean, variance and the two means of the formula all come from registers. That
  takes about seven values per element (`x`, `d_out`, `weight`, the two column sums and temporaries), so
  it ends at `WIDEST_IN_REGISTERS` columns. Wider rows go in three loops over blocks (mean; three sums;
  `dx`), and a separate kernel, which finds mean and `rstd` in scratch, makes the column sums.

**What goes wrong in the naive version.** $E[x^2] - E[x]^2$ cancels when the mean is large beside
the spread; the variance here is the mean of the squared distances from the mean. After subtracting
the mean, padded columns hold $-mean$, not 0, and have to be masked *again* before they are squared
and summed. And dividing by `BLOCK_C` instead of `cols` is right only for powers of two.

**What it misses.** At both sizes `x`, `d_out` and `dx` take 48 µs. 3 % are missing because the 264
resident programs take 15 or 16 tiles each, where 15.5 is the mean; some 2 µs more are the second
kernel, which adds up 264 partial sums of each column (2.2 MB for 1024 columns, 8.7 MB for 4096, written
and read back) after all else has ended. The rest is inside a tile: two rounds of sums across the warps
lie between its loads and its stores, and the registers hold only one other program per multiprocessor
that could load or store meanwhile.

**What to try next.** Keep `mean` and `rstd` from the forward pass, as autograd does, which makes
the row's sums independent of each other, a single round; for narrow and very many rows, tune `TILE` and
the number of programs.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.language.extra.cuda import gdc_launch_dependents, gdc_wait

CHALLENGE = "layer_norm_backward"

WIDEST_IN_REGISTERS = 8192
TILE = 4096  # elements of a tile of rows, where rows are narrower than that


@triton.jit
def prefetch(ptr, size):
    """Have `size` bytes from ptr on, both multiples of 16, brought into L2; nobody waits for them.

    All threads of the program come here, and the first one asks.
    """
    tl.inline_asm_elementwise(
        """{
            .reg .pred first;
            .reg .b32 thread;
            mov.u32 thread, %tid.x;
            setp.eq.u32 first, thread, 0;
            @first cp.async.bulk.prefetch.L2.global [$1], $2;
        } // $0, the result, is not used""",
        "=r,l,r",
        [ptr.to(tl.int64), size],
        dtype=tl.int32,
        is_pure=False,
        pack=1,
    )


@triton.jit
def rows_kernel(
    x_ptr,
    weight_ptr,
    d_out_ptr,
    dx_ptr,
    dweight_part_ptr,
    dbias_part_ptr,
    rows,
    cols,
    eps,
    PDL: tl.constexpr,
    PREFETCH: tl.constexpr,
    BLOCK_R: tl.constexpr,
    BLOCK_C: tl.constexpr,
):
    """xhat = (x - mean(x)) * rstd, rstd = 1 / sqrt(mean((x - mean(x))^2) + eps), g = weight * d_out

    dx = rstd * (g - mean(g) - xhat * mean(g * xhat))       means along the row
    dweight = sum d_out * xhat,    dbias = sum d_out        over this program's rows
    """
    if PDL:
        gdc_launch_dependents()  # when all programs have come here, sum_parts_kernel may be launched
    pid = tl.program_id(0)
    c = tl.arange(0, BLOCK_C)  # [BLOCK_C]
    mask_c = c < cols
    weight = tl.load(weight_ptr + c, mask=mask_c, other=0.0)[None, :]  # [1, BLOCK_C]
    dweight = tl.zeros([BLOCK_R, BLOCK_C], dtype=tl.float32)
    dbias = tl.zeros([BLOCK_R, BLOCK_C], dtype=tl.float32)

    for start in tl.range(pid * BLOCK_R, rows, tl.num_programs(0) * BLOCK_R, num_stages=1):
        r = start + tl.arange(0, BLOCK_R)  # [BLOCK_R]
        mask = (r < rows)[:, None] & mask_c[None, :]  # [BLOCK_R, BLOCK_C]
        offsets = r.to(tl.int64)[:, None] * cols + c[None, :]  # 64 bits: r * cols may pass 2**31
        x = tl.load(x_ptr + offsets, mask=mask, other=0.0)
        d_out = tl.load(d_out_ptr + offsets, mask=mask, other=0.0)

        ahead = start + tl.num_programs(0) * BLOCK_R  # where this program's next tile begins
        if PREFETCH and ahead < rows:
            skipped, size = ahead.to(tl.int64) * cols, tl.minimum(rows - ahead, BLOCK_R) * cols * 4
            prefetch(x_ptr + skipped, size)
            prefetch(d_out_ptr + skipped, size)

        g = weight * d_out
        mean = tl.sum(x, axis=1) / cols  # [BLOCK_R]
        mean_g = tl.sum(g, axis=1) / cols  # [BLOCK_R]
        centred = tl.where(mask, x - mean[:, None], 0.0)  # padding would be -mean
        var = tl.sum(centred * centred, axis=1) / cols  # [BLOCK_R]
        mean_gc = tl.sum(g * centred, axis=1) / cols  # [BLOCK_R]; needs no rstd yet, unlike mean(g * xhat)
        rstd = 1.0 / tl.sqrt(var + eps)  # [BLOCK_R]
        xhat = centred * rstd[:, None]
        mean_gx = mean_gc * rstd  # [BLOCK_R]
        dx = rstd[:, None] * (g - mean_g[:, None] - xhat * mean_gx[:, None])
        tl.store(dx_ptr + offsets, dx, mask=mask)

        dweight += d_out * xhat
        dbias += d_out

    part = pid.to(tl.int64) * cols + c
    tl.store(dweight_part_ptr + part, tl.sum(dweight, axis=0), mask=mask_c)
    tl.store(dbias_part_ptr + part, tl.sum(dbias, axis=0), mask=mask_c)


@triton.jit
def wide_row_kernel(
    x_ptr,
    weight_ptr,
    d_out_ptr,
    dx_ptr,
    mean_ptr,
    rstd_ptr,
    cols,
    eps,
    BLOCK: tl.constexpr,
):
    """dx of one row of any width, in three loops over its blocks; leaves mean and rstd behind."""
    row = tl.program_id(0).to(tl.int64)
    x_row = x_ptr + row * cols
    d_out_row = d_out_ptr + row * cols

    total = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, cols, BLOCK):
        c = start + tl.arange(0, BLOCK)  # [BLOCK]
        total += tl.load(x_row + c, mask=c < cols, other=0.0)
    mean = tl.sum(total, axis=0) / cols

    # With d = x - mean: var = mean(d * d) and mean(g * xhat) = rstd * mean(g * d), so one loop
    # makes all three sums before rstd is known.
    sum_dd = tl.zeros([BLOCK], dtype=tl.float32)
    sum_g = tl.zeros([BLOCK], dtype=tl.float32)
    sum_gd = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, cols, BLOCK):
        c = start + tl.arange(0, BLOCK)
        mask = c < cols
        d = tl.where(mask, tl.load(x_row + c, mask=mask, other=0.0) - mean, 0.0)
        g = tl.load(weight_ptr + c, mask=mask, other=0.0)
        g *= tl.load(d_out_row + c, mask=mask, other=0.0)
        sum_dd += d * d
        sum_g += g
        sum_gd += g * d
    rstd = 1.0 / tl.sqrt(tl.sum(sum_dd, axis=0) / cols + eps)
    mean_g = tl.sum(sum_g, axis=0) / cols
    mean_gx = rstd * (tl.sum(sum_gd, axis=0) / cols)
    tl.store(mean_ptr + row, mean)
    tl.store(rstd_ptr + row, rstd)

    for start in range(0, cols, BLOCK):
        c = start + tl.arange(0, BLOCK)
        mask = c < cols
        xhat = (tl.load(x_row + c, mask=mask, other=0.0) - mean) * rstd
        g = tl.load(weight_ptr + c, mask=mask, other=0.0)
        g *= tl.load(d_out_row + c, mask=mask, other=0.0)
        tl.store(dx_ptr + row * cols + c, rstd * (g - mean_g - xhat * mean_gx), mask=mask)


@triton.jit
def wide_columns_kernel(
    x_ptr,
    d_out_ptr,
    mean_ptr,
    rstd_ptr,
    dweight_part_ptr,
    dbias_part_ptr,
    rows,
    cols,
    BLOCK_R: tl.constexpr,
    BLOCK_C: tl.constexpr,
):
    """dweight[c] = sum d_out * xhat, dbias[c] = sum d_out, over every num_programs(1)-th tile."""
    part = tl.program_id(1)
    c = tl.program_id(0) * BLOCK_C + tl.arange(0, BLOCK_C)  # [BLOCK_C]
    mask_c = c < cols
    dweight = tl.zeros([BLOCK_R, BLOCK_C], dtype=tl.float32)
    dbias = tl.zeros([BLOCK_R, BLOCK_C], dtype=tl.float32)

    for start in range(part * BLOCK_R, rows, tl.num_programs(1) * BLOCK_R):
        r = start + tl.arange(0, BLOCK_R)  # [BLOCK_R]
        mask_r = r < rows
        mean = tl.load(mean_ptr + r, mask=mask_r, other=0.0)[:, None]  # [BLOCK_R, 1]
        rstd = tl.load(rstd_ptr + r, mask=mask_r, other=0.0)[:, None]
        mask = mask_r[:, None] & mask_c[None, :]  # [BLOCK_R, BLOCK_C]
        offsets = r.to(tl.int64)[:, None] * cols + c[None, :]
        x = tl.load(x_ptr + offsets, mask=mask, other=0.0)
        d_out = tl.load(d_out_ptr + offsets, mask=mask, other=0.0)
        dweight += d_out * ((x - mean) * rstd)
        dbias += d_out

    offsets = part.to(tl.int64) * cols + c
    tl.store(dweight_part_ptr + offsets, tl.sum(dweight, axis=0), mask=mask_c)
    tl.store(dbias_part_ptr + offsets, tl.sum(dbias, axis=0), mask=mask_c)


@triton.jit
def sum_parts_kernel(
    dweight_part_ptr,
    dbias_part_ptr,
    dweight_ptr,
    dbias_ptr,
    parts,
    cols,
    PDL: tl.constexpr,
    BLOCK_P: tl.constexpr,
    BLOCK_C: tl.constexpr,
):
    """dweight[c] = sum_p dweight_part[p, c], and the same for dbias."""
    if PDL:
        gdc_wait()  # until the kernel before has ended, as this one may have been launched earlier
    c = tl.program_id(0) * BLOCK_C + tl.arange(0, BLOCK_C)  # [BLOCK_C]
    dweight = tl.zeros([BLOCK_P, BLOCK_C], dtype=tl.float32)
    dbias = tl.zeros([BLOCK_P, BLOCK_C], dtype=tl.float32)
    for start in range(0, parts, BLOCK_P):
        p = start + tl.arange(0, BLOCK_P)  # [BLOCK_P]
        mask = (p < parts)[:, None] & (c < cols)[None, :]  # [BLOCK_P, BLOCK_C]
        offsets = p.to(tl.int64)[:, None] * cols + c[None, :]
        dweight += tl.load(dweight_part_ptr + offsets, mask=mask, other=0.0)
        dbias += tl.load(dbias_part_ptr + offsets, mask=mask, other=0.0)
    tl.store(dweight_ptr + c, tl.sum(dweight, axis=0), mask=c < cols)
    tl.store(dbias_ptr + c, tl.sum(dbias, axis=0), mask=c < cols)


def solve(
    x: Tensor,
    weight: Tensor,
    d_out: Tensor,
    eps: float,
    dx: Tensor,
    dweight: Tensor,
    dbias: Tensor,
) -> None:
    rows, cols = x.shape
    block_c = triton.next_power_of_2(cols)
    pdl = overlaps(x)

    if block_c <= WIDEST_IN_REGISTERS:
        # As many programs as fit on the GPU at once: the registers of a processor hold two with
        # 8 warps, one with 16.
        warps, resident = (8, 2 * processors(x)) if block_c <= TILE else (16, processors(x))
        block_r = max(min(TILE // block_c, triton.next_power_of_2(rows)), 1)
        parts = min(triton.cdiv(rows, block_r), resident)
        dweight_part, dbias_part = torch.empty(2, parts, cols, device=x.device)
        rows_kernel[(parts,)](
            x,
            weight,
            d_out,
            dx,
            dweight_part,
            dbias_part,
            rows,
            cols,
            eps,
            PDL=pdl,
            PREFETCH=pdl and cols % 4 == 0,  # all rows begin at multiples of 16 bytes
            BLOCK_R=block_r,
            BLOCK_C=block_c,
            num_warps=warps,
        )
    else:
        mean, rstd = torch.empty(2, rows, device=x.device)
        wide_row_kernel[(rows,)](x, weight, d_out, dx, mean, rstd, cols, eps, BLOCK=4096, num_warps=8)
        parts = min(triton.cdiv(rows, 16), 16)
        dweight_part, dbias_part = torch.empty(2, parts, cols, device=x.device)
        wide_columns_kernel[(triton.cdiv(cols, 128), parts)](
            x,
            d_out,
            mean,
            rstd,
            dweight_part,
            dbias_part,
            rows,
            cols,
            BLOCK_R=16,
            BLOCK_C=128,
            num_warps=4,
        )

    columns = 8 if x.is_cuda else 128  # on the interpreter it is programs that cost
    sum_parts_kernel[(triton.cdiv(cols, columns),)](
        dweight_part,
        dbias_part,
        dweight,
        dbias,
        parts,
        cols,
        PDL=pdl,
        BLOCK_P=512,
        BLOCK_C=columns,
        num_warps=8,
        launch_pdl=pdl,
    )


def overlaps(x: Tensor) -> bool:
    """Whether a kernel may be launched before the one it depends on ends: from compute capability 9 on.

    The instruction that prefetches came with the same.
    """
    return x.is_cuda and torch.cuda.get_device_capability(x.device)[0] >= 9


def processors(x: Tensor) -> int:
    """How many programs run side by side; on the interpreter any small number will do."""
    if x.is_cuda:
        return torch.cuda.get_device_properties(x.device).multi_processor_count
    return 2
