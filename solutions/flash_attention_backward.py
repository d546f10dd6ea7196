r"""# FlashAttention-2 backward, recomputing the scores

**Idea.** The forward pass stored one number per row, `lse`, and that is enough to compute any tile of
$p_{ij} = e^{s_{ij} - \mathrm{lse}_i}$ again, without a maximum or a sum over the row. So no matrix of
$seq \times seq$ is ever stored: one kernel makes tiles of $p$ and $ds$ for a block of keys and sums up
`dk` and `dv`, another makes them once more for a block of queries and sums up `dq`.

**What bounds it.** Arithmetic. The formula has five products, $10 \cdot batch \cdot heads \cdot seq^2
\cdot dim$ flops, half of it if causal. Both kernels need $s$ and $dp$, so here it is seven, 14 for 10:
at the best 71 % of the matrix rate is left. Memory is linear in `seq`: `delta` is all the scratch, but for
small problems.

**What matters.**

- *Why two kernels.* `dk` and `dv` sum over queries, `dq` over keys. A program that owns a block of keys
  can keep `dk` and `dv` in registers, but its part of `dq` has to meet that of all other programs
  in memory: by atomics, in float32, in an order that differs from run to run. Computing $s$ and $dp$
  twice costs two products, and no output is touched by more than one program. It is faster too. On an
  H200 in bf16, at (1, 16, 16384, 64) causal and (4, 16, 4096, 128) not causal, one kernel with
  `tl.atomic_add` took 16 and 19 % longer than two kernels at the best of four shapes of tiles, and one that
  adds whole tiles by a descriptor took 24 and 19 % longer. SDPA's flash kernels took 15 and 17 % longer
  than the one with `tl.atomic_add`, cuDNN's 31 and 40 % less.
- *Small programs, several to an SM.* Products and exponentials of one program wait for each other, those
  of two do not. The two kernels above had tiles of 64 x 64 and 4 warps; 64 x 128 (`dk`, `dv`) and 128 x 64
  (`dq`) and 8 warps took 22 and 13 % longer, and 128 x 128 took 24 % longer at a `dim` of 64.
- *Tensor descriptors.* In 16 bits the copy engine (TMA) fetches a tile by its coordinates, without
  addresses or masks, and fills in zeros past `seq` and `dim`. Before Hopper, and in float32, where Triton
  does not pipeline such loads, tiles come by their addresses, as they did in all that was measured above.
- *Parts where programs are few.* One head of 1024 rows has 16 blocks of 64, for 132 SMs. So the other
  dimension is cut into up to 16 parts, each program sums up one of them in float32, and a last kernel adds
  them. Scratch is then up to 16 times the outputs, still linear in `seq`.
- *`delta` first.* $ds = p \, (dp - \delta)$ looks as if it needed $\sum_j p_{ij} \, dp_{ij}$, a sum over the
  whole row. But that equals $\sum_d d\_out_{id} \, out_{id}$, one pass over `out` and `d_out`.
- *Transposed tiles for `dk` and `dv`.* Keys are the rows of $s = k q^T$ there, so $p$ and $ds$ leave one
  product in the layout in which they are the left operand of the next, and need not be transposed.
- *Masks only where needed.* Tiles off the diagonal run without any; the diagonal, and in `dq` the tail,
  have a loop of their own. Past the end, queries are zeros with `lse` = `delta` = 0 and add nothing,
  and keys spoil only their own rows of `dk` and `dv`, which are not stored. In `dq` they would be summed
  up, and have to be masked.
- *Powers of 2.* `exp2` is an instruction, `exp` is that and a multiplication. So $\log_2 e$ is part of
  the scale, and one fused multiply-add prepares the exponent. Not in float32: with scores near 120,
  $\mathrm{lse} \log_2 e$ is rounded by $10^{-5}$, and all of its row of $p$ is off by as much. There the
  difference comes first.
- *float32 as three of bfloat16.* `bf16x6` splits each number into three bfloat16 of 8 bits and adds the
  six largest of their nine products on the tensor cores: the errors are 4 to 5e-7, of exact products
  (`ieee`, without tensor cores) 2 to 4e-7. TF32 in two pieces (`tf32x3`) errs by 6 to 8e-7, and was
  refused. One head of 2048 x 64, causal, in parts: against blocks of 64 x 32, blocks of 32 x 32 take 10 %
  longer, and 3.8 times as long with `ieee`. Without parts, and with `ieee`, it took 10 times as long.
- *16-bit operands, float32 sums.* $p$ and $ds$ are rounded on their way into a product, `dk`, `dv` and `dq`
  once, at the end.

**What goes wrong in the naive version.** Without `delta` the gradient of the softmax's denominator is
missing. The scale belongs to `dq` and to `dk`, not to `dv`. With a causal mask a block of keys starts
at the block of queries that holds its first key, not the one after it. And where `lse` is far below
0, $e^{0 - \mathrm{lse}}$ of a padded key is infinite: times 0 that is NaN.

**What it misses.** FlexAttention's backward, taken as its training less its forward, is 7 % ahead with a
mask at a `dim` of 128, at (4, 16, 4096, 128) and at (1, 16, 16384, 128). Without a mask it is 5 % behind.
Half the work should take half the time, and takes 66 % of it here, with the same tiles and as many programs
at once. What differs is the order: without a mask all programs of a head read the same tile of queries at
once, with one each begins at its own diagonal, and L2 most likely serves them worse.

**What to try next.** With a mask, the queries from the last back to the diagonal, so that all programs
of a head begin with the same tile. Warps specialized for loads and products, as in FlashAttention-3,
and for `dq` a cluster of programs that add up their parts in shared memory: then five products do for
seven. The programs of both kernels could run side by side in one launch, where there are few of them.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.tools.tensor_descriptor import TensorDescriptor

CHALLENGE = "flash_attention_backward"

LOG2E = tl.constexpr(1.4426950408889634)
FLOAT32_PRODUCT = "bf16x6"  # or "ieee", without tensor cores
PROGRAMS = 264  # that fill a GPU: two for each of an H200's 132 SMs
MOST_PARTS = 16  # scratch is at most so many times the outputs, in float32


@triton.jit
def load_rows(
    x, pair, start, seq, ROWS: tl.constexpr, DIM: tl.constexpr, BLOCK_D: tl.constexpr, TMA: tl.constexpr
):
    """Rows of one pair's (seq, DIM) matrix from `start` on, zeros past its last row and column.

    x is a tensor descriptor, or the address of all pairs' matrices.
    """
    if TMA:
        return x.load([pair, start, 0]).reshape(ROWS, BLOCK_D)
    else:
        rows = start + tl.arange(0, ROWS)  # [ROWS]
        d = tl.arange(0, BLOCK_D)  # [BLOCK_D]
        x += pair.to(tl.int64) * seq * DIM
        mask = (rows < seq)[:, None] & (d < DIM)[None, :]
        return tl.load(x + rows[:, None] * DIM + d[None, :], mask=mask, other=0.0)


@triton.jit
def store_rows(ptr, tile, matrix, rows, seq, DIM: tl.constexpr, BLOCK_D: tl.constexpr):
    """Some rows of one of many (seq, DIM) matrices, without the padding to BLOCK_D columns."""
    d = tl.arange(0, BLOCK_D)  # [BLOCK_D]
    mask = (rows < seq)[:, None] & (d < DIM)[None, :]
    ptr += matrix.to(tl.int64) * seq * DIM
    tl.store(ptr + rows[:, None] * DIM + d[None, :], tile.to(ptr.dtype.element_ty), mask=mask)


@triton.jit
def probabilities(s, lse, scale, FLOAT32: tl.constexpr):
    """exp(scale * s - lse)"""
    if FLOAT32:
        # The difference first: scores may be large, and would be rounded once more in powers of 2.
        return tl.exp(s * scale - lse)
    else:
        return tl.exp2(s * (scale * LOG2E) - lse * LOG2E)


@triton.jit
def delta_kernel(
    out_ptr, d_out_ptr, delta_ptr, rows, DIM: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK_R: tl.constexpr
):
    """delta[i] = sum_d out[i, d] * d_out[i, d], over all heads' rows at once."""
    i = tl.program_id(0).to(tl.int64) * BLOCK_R + tl.arange(0, BLOCK_R)  # [BLOCK_R]
    d = tl.arange(0, BLOCK_D)  # [BLOCK_D]
    offsets = i[:, None] * DIM + d[None, :]  # [BLOCK_R, BLOCK_D]
    mask = (i < rows)[:, None] & (d < DIM)[None, :]
    out = tl.load(out_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    d_out = tl.load(d_out_ptr + offsets, mask=mask, other=0.0).to(tl.float32)
    tl.store(delta_ptr + i, tl.sum(out * d_out, axis=1), mask=i < rows)


@triton.jit
def dk_dv_kernel(
    q_source,
    k_source,
    v_source,
    d_out_source,
    lse_ptr,
    delta_ptr,
    dk_ptr,
    dv_ptr,
    pairs,
    parts,
    chunk,
    seq,
    scale,
    CAUSAL: tl.constexpr,
    TMA: tl.constexpr,
    PRECISION: tl.constexpr,
    DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """p = exp(scale * q k^T - lse),  ds = p * (d_out v^T - delta)
    dv = p^T d_out,  dk = scale * ds^T q      for BLOCK_N keys of one head, over all queries that see them

    in transposed tiles. If there are several parts, over `chunk` queries only, and into dk[part], dv[part].
    """
    part = tl.program_id(0) % parts
    blocks = tl.cdiv(seq, BLOCK_N)
    pair = tl.program_id(0) // parts // blocks
    first = tl.program_id(0) // parts % blocks * BLOCK_N  # the longest work first: that of the first keys
    j = first + tl.arange(0, BLOCK_N)  # [BLOCK_N]
    k = load_rows(k_source, pair, first, seq, BLOCK_N, DIM, BLOCK_D, TMA)
    v = load_rows(v_source, pair, first, seq, BLOCK_N, DIM, BLOCK_D, TMA)
    dk = tl.zeros([BLOCK_N, BLOCK_D], dtype=tl.float32)
    dv = tl.zeros([BLOCK_N, BLOCK_D], dtype=tl.float32)
    lse_ptr += pair.to(tl.int64) * seq
    delta_ptr += pair.to(tl.int64) * seq

    # Queries from begin to end, of which those from `whole` on see all keys of the block.
    begin = part * chunk
    end = tl.minimum(begin + chunk, seq)
    whole = begin
    if CAUSAL:
        begin = tl.maximum(begin, first // BLOCK_M * BLOCK_M)
        whole = tl.maximum(begin, tl.minimum(tl.cdiv(first + BLOCK_N - 1, BLOCK_M) * BLOCK_M, end))

    for DIAGONAL in tl.static_range(1 if CAUSAL else 0, -1, -1):
        for start in tl.range(begin if DIAGONAL else whole, whole if DIAGONAL else end, BLOCK_M):
            # Queries past seq are zeros, with lse = delta = 0: p = 1 there, d_out = 0 and ds = 0 add nothing.
            q = load_rows(q_source, pair, start, seq, BLOCK_M, DIM, BLOCK_D, TMA)
            d_out = load_rows(d_out_source, pair, start, seq, BLOCK_M, DIM, BLOCK_D, TMA)
            i = start + tl.arange(0, BLOCK_M)  # [BLOCK_M]
            lse = tl.load(lse_ptr + i, mask=i < seq, other=0.0)  # [BLOCK_M]
            delta = tl.load(delta_ptr + i, mask=i < seq, other=0.0)  # [BLOCK_M]

            s = tl.dot(k, q.T, input_precision=PRECISION)  # [BLOCK_N, BLOCK_M]
            p = probabilities(s, lse[None, :], scale, q.dtype == tl.float32)
            if DIAGONAL:
                p = tl.where(j[:, None] <= i[None, :], p, 0.0)
            dv = tl.dot(p.to(d_out.dtype), d_out, dv, input_precision=PRECISION)  # [BLOCK_N, BLOCK_D]
            dp = tl.dot(v, d_out.T, input_precision=PRECISION)  # [BLOCK_N, BLOCK_M]
            ds = p * (dp - delta[None, :])
            dk = tl.dot(ds.to(q.dtype), q, dk, input_precision=PRECISION)  # [BLOCK_N, BLOCK_D]

    store_rows(dk_ptr, dk * scale, part * pairs + pair, j, seq, DIM, BLOCK_D)
    store_rows(dv_ptr, dv, part * pairs + pair, j, seq, DIM, BLOCK_D)


@triton.jit
def dq_kernel(
    q_source,
    k_source,
    v_source,
    d_out_source,
    lse_ptr,
    delta_ptr,
    dq_ptr,
    pairs,
    parts,
    chunk,
    seq,
    scale,
    CAUSAL: tl.constexpr,
    TMA: tl.constexpr,
    PRECISION: tl.constexpr,
    DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """p = exp(scale * q k^T - lse),  ds = p * (d_out v^T - delta)
    dq = scale * ds k      for BLOCK_M queries of one head, over all keys that they see

    If there are several parts, over `chunk` keys only, and into dq[part].
    """
    part = tl.program_id(0) % parts
    blocks = tl.cdiv(seq, BLOCK_M)
    pair = tl.program_id(0) // parts // blocks
    # The longest work first: that of the last queries.
    first = (blocks - 1 - tl.program_id(0) // parts % blocks) * BLOCK_M
    i = first + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    q = load_rows(q_source, pair, first, seq, BLOCK_M, DIM, BLOCK_D, TMA)
    d_out = load_rows(d_out_source, pair, first, seq, BLOCK_M, DIM, BLOCK_D, TMA)
    rows = pair.to(tl.int64) * seq + i  # [BLOCK_M]
    lse = tl.load(lse_ptr + rows, mask=i < seq, other=0.0)  # [BLOCK_M]
    delta = tl.load(delta_ptr + rows, mask=i < seq, other=0.0)  # [BLOCK_M]
    dq = tl.zeros([BLOCK_M, BLOCK_D], dtype=tl.float32)

    # Keys from begin to end, of which those before `whole` come in whole blocks that all queries see.
    begin = part * chunk
    end = tl.minimum(begin + chunk, seq)
    whole = end // BLOCK_N * BLOCK_N
    if CAUSAL:
        whole = tl.minimum(whole, first // BLOCK_N * BLOCK_N)
        end = tl.minimum(end, first + BLOCK_M)
    whole = tl.maximum(begin, whole)

    for MASKED in tl.static_range(2):
        for start in tl.range(whole if MASKED else begin, end if MASKED else whole, BLOCK_N):
            k = load_rows(k_source, pair, start, seq, BLOCK_N, DIM, BLOCK_D, TMA)
            v = load_rows(v_source, pair, start, seq, BLOCK_N, DIM, BLOCK_D, TMA)
            s = tl.dot(q, k.T, input_precision=PRECISION)  # [BLOCK_M, BLOCK_N]
            p = probabilities(s, lse[:, None], scale, q.dtype == tl.float32)
            if MASKED:
                # A key past seq has s = 0 and p = exp(-lse), which may be infinite: times 0 that is NaN.
                j = start + tl.arange(0, BLOCK_N)  # [BLOCK_N]
                seen = (j < seq)[None, :]
                if CAUSAL:
                    seen = seen & (j[None, :] <= i[:, None])
                p = tl.where(seen, p, 0.0)
            dp = tl.dot(d_out, v.T, input_precision=PRECISION)  # [BLOCK_M, BLOCK_N]
            ds = p * (dp - delta[:, None])
            dq = tl.dot(ds.to(k.dtype), k, dq, input_precision=PRECISION)  # [BLOCK_M, BLOCK_D]

    store_rows(dq_ptr, dq * scale, part * pairs + pair, i, seq, DIM, BLOCK_D)


@triton.jit
def add_kernel(part_ptr, dq_ptr, dk_ptr, dv_ptr, n, parts, BLOCK: tl.constexpr):
    """dq = sum_p part[0, p],  dk = sum_p part[1, p],  dv = sum_p part[2, p]   of n elements each"""
    which = tl.program_id(1)
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    part_ptr += which.to(tl.int64) * parts * n
    total = tl.zeros([BLOCK], dtype=tl.float32)
    for _ in range(parts):
        total += tl.load(part_ptr + i, mask=i < n, other=0.0)
        part_ptr += n
    total = total.to(dq_ptr.dtype.element_ty)
    if which == 0:
        tl.store(dq_ptr + i, total, mask=i < n)
    elif which == 1:
        tl.store(dk_ptr + i, total, mask=i < n)
    else:
        tl.store(dv_ptr + i, total, mask=i < n)


def has_tma(x: Tensor) -> bool:
    """Whether descriptors are the hardware's: before Hopper, Triton turns them into slow addresses."""
    return not x.is_cuda or torch.cuda.get_device_capability(x.device)[0] >= 9


def tiling(dim: int, dtype: torch.dtype) -> tuple[dict[str, int], dict[str, int]]:
    """Block sizes of the dk/dv and of the dq kernel: small, so that several programs share an SM."""
    if dtype == torch.float32:  # bf16x6 holds every operand three times
        own, warps = (64, 4) if dim <= 64 else (32, 8)
        return (
            dict(BLOCK_M=32, BLOCK_N=own, num_warps=warps, num_stages=2),
            dict(BLOCK_M=own, BLOCK_N=32, num_warps=warps, num_stages=2),
        )
    return (
        dict(BLOCK_M=64, BLOCK_N=64, num_warps=4, num_stages=2),
        dict(BLOCK_M=64, BLOCK_N=64, num_warps=4, num_stages=3 if dim <= 64 else 2),
    )


def parts_of(seq: int, step: int, programs: int, wanted: int) -> tuple[int, int]:
    """In how many parts so many programs become as many as wanted, and the rows of one: some whole steps."""
    parts = max(1, min(wanted // programs, triton.cdiv(seq, 2 * step), MOST_PARTS))
    chunk = triton.cdiv(seq, parts * step) * step
    return triton.cdiv(seq, chunk), chunk


def solve(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    out: Tensor,
    lse: Tensor,
    d_out: Tensor,
    causal: bool,
    dq: Tensor,
    dk: Tensor,
    dv: Tensor,
) -> None:
    batch, heads, seq, dim = q.shape
    pairs = batch * heads
    widths = dict(DIM=dim, BLOCK_D=triton.next_power_of_2(dim))
    keys, queries = tiling(dim, q.dtype)
    tma = has_tma(q) and q.dtype != torch.float32

    def blocks(x: Tensor, rows: int) -> TensorDescriptor | Tensor:
        if not tma:
            return x
        return TensorDescriptor(x, [pairs, seq, dim], [seq * dim, dim, 1], [1, rows, widths["BLOCK_D"]])

    def given(tile: dict[str, int]) -> tuple[TensorDescriptor | Tensor, ...]:
        m, n = tile["BLOCK_M"], tile["BLOCK_N"]
        return blocks(q, m), blocks(k, n), blocks(v, n), blocks(d_out, m)

    programs = pairs * triton.cdiv(seq, keys["BLOCK_N"])  # of either kernel: their blocks are of one size
    parts, chunk = parts_of(seq, keys["BLOCK_M"], programs, PROGRAMS)
    sums = dq, dk, dv
    if parts > 1:
        part = torch.empty(3, parts, *q.shape, dtype=torch.float32, device=q.device)
        sums = part.unbind()

    delta = torch.empty_like(lse)
    rows = pairs * seq
    delta_kernel[(triton.cdiv(rows, 64),)](out, d_out, delta, rows, **widths, BLOCK_R=64, num_warps=4)
    common = dict(
        lse_ptr=lse, delta_ptr=delta, pairs=pairs, parts=parts, chunk=chunk, seq=seq, scale=dim**-0.5,
        CAUSAL=causal, TMA=tma, PRECISION=FLOAT32_PRODUCT if q.is_cuda else "ieee", **widths,
    )  # fmt: skip
    dk_dv_kernel[(programs * parts,)](*given(keys), dk_ptr=sums[1], dv_ptr=sums[2], **common, **keys)
    dq_kernel[(programs * parts,)](*given(queries), dq_ptr=sums[0], **common, **queries)
    if parts > 1:
        n = rows * dim
        add_kernel[(triton.cdiv(n, 1024), 3)](part, dq, dk, dv, n, parts, BLOCK=1024, num_warps=4)
