r"""# FlashAttention-2, forward and backward

**Idea.** Forward, a program owns a block of queries, walks over the keys with a running maximum and a
running sum, and stores `out` and `lse`. Backward, `lse` brings back any tile of the probabilities, and
two more kernels sum up `dk` with `dv`, and `dq`. The parts are explained in `flash_attention_2.py` and
`flash_attention_backward.py`; this is about what joins them.

**What bounds it.** Arithmetic: two products forward and five backward, $14 \cdot batch \cdot heads \cdot
seq^2 \cdot dim$ flops, half of it if causal. This version spends 18, as $s$ and $dp$ are made for the keys'
blocks and again for the queries': at the best 78 % of the matrix rate is left.

**What matters.**

- *What is saved.* Of the forward pass only `out`, which is an output anyway, and `lse`, one float32 per
  row. That is $4 \cdot batch \cdot heads \cdot seq$ bytes; $p$ would be $2 \cdot batch \cdot heads \cdot
  seq^2$ in 16 bits. With `delta`, as large as `lse`, that is all the scratch: linear in `seq`. Where
  programs are too few to fill a GPU, the parts of sums are added to it, up to 16 times the outputs.
- *What is recomputed.* $s$ and with it $p = e^{s - \mathrm{lse}}$, from `q` and `k`: one product more
  costs less time than writing $p$ and reading it back. The maximum and the sum are not needed apart:
  $\mathrm{lse} = m + \ln l$ is what both passes agree on, and $p$ comes out normalized.
- *`delta` lies between the passes.* It needs all of `out` and the gradient of it, so it can only follow
  the forward pass, and both kernels of the backward pass need it.
- *The same scores in both passes.* They are computed in float32 from unscaled `q` and `k`. If one pass
  rounded them otherwise, $s - \mathrm{lse}$ would be off by the difference, and the rows of $p$ would
  not sum to 1. With scores near 120 the last digit of one is $10^{-5}$ of its $p$. So in float32 both passes
  take blocks of one shape, the difference comes before the exponential, and `lse` is not counted in powers
  of 2. Both multiply by `bf16x6`: three bfloat16 for each number, six products on the tensor cores. TF32
  (`tf32x3`) is accurate enough for `out`, but not for the gradients.

**What goes wrong in the naive version.** Autograd through plain operations keeps $s$ or $p$ of each head
until the backward pass: 8.6 GB in 16 bits at 16 heads of 16,384 queries, where `lse` is 1 MB.
Storing $\ln l$ for `lse`, without the maximum, gives the right `out` and wrong gradients. So does a
causal mask in the forward pass only.

**What to try next.** Where both passes are one call, as here, the forward kernel can make `delta` at its
end, while `out` is in registers; in a training loop `d_out` does not exist by then. For the kernels
themselves, see the notes of the other two files.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.tools.tensor_descriptor import TensorDescriptor

CHALLENGE = "flash_attention_training"

LOG2E = tl.constexpr(1.4426950408889634)
FLOAT32_PRODUCT = "bf16x6"  # or "ieee", without tensor cores
PROGRAMS = 264  # that fill a GPU: two for each of an H200's 132 SMs
MOST_PARTS = 16  # scratch is at most so many times the outputs, in float32
L2_BYTES = 32 << 20  # of an H200's 50 MB: keys and values that are worth reading together


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
def exponentials(s, base, scale, FLOAT32: tl.constexpr):
    """exp(scale * s - base)"""
    if FLOAT32:
        # The difference first: scores may be large, and would be rounded once more in powers of 2.
        return tl.exp(s * scale - base)
    else:
        return tl.exp2(s * (scale * LOG2E) - base * LOG2E)


@triton.jit
def forward_kernel(
    q_source,
    k_source,
    v_source,
    out_ptr,
    lse_ptr,
    pairs,
    together,
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
    """BLOCK_M queries q, of one pair (batch, head). For each block k, v of its keys and values, in turn:

    s = scale * q @ k^T,   -inf where a key is not visible
    m_i' = max(m_i, max_j s),   p = e^(s - m_i'),   alpha = e^(m_i - m_i')
    l_i' = alpha * l_i + sum_j p,   acc' = alpha * acc + p @ v

    and then out = acc / l_i, lse = m_i + ln(l_i). If there are several parts, a program sees the keys of
    one, `chunk` of them, and out and lse are those of these keys alone: out[part], lse[part].
    """
    part = tl.program_id(0) % parts
    task = tl.program_id(0) // parts
    # Section by section of `together` heads; in each, the last queries first: they see the most keys.
    blocks = tl.cdiv(seq, BLOCK_M)
    section = task // (together * blocks) * together
    heads = tl.minimum(together, pairs - section)
    task = task % (together * blocks)
    pair = section + task % heads
    first = (blocks - 1 - task // heads) * BLOCK_M

    # Keys from begin to full make whole blocks that all queries see; only those up to end need a mask.
    begin = part * chunk
    end = tl.minimum(begin + chunk, seq)
    if CAUSAL:
        full = tl.minimum((first + 1) // BLOCK_N * BLOCK_N, end // BLOCK_N * BLOCK_N)
        end = tl.minimum(first + BLOCK_M, end)
    else:
        full = end // BLOCK_N * BLOCK_N
    full = tl.maximum(begin, full)
    if begin >= end:  # this part lies beyond the diagonal
        return

    i = first + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    columns = tl.arange(0, BLOCK_N)  # [BLOCK_N]
    q = load_rows(q_source, pair, first, seq, BLOCK_M, DIM, BLOCK_D, TMA)
    m_i = tl.full([BLOCK_M], -float("inf"), dtype=tl.float32)
    l_i = tl.zeros([BLOCK_M], dtype=tl.float32)
    acc = tl.zeros([BLOCK_M, BLOCK_D], dtype=tl.float32)

    for MASKED in tl.static_range(2):
        for start in tl.range(full if MASKED else begin, end if MASKED else full, BLOCK_N):
            k = load_rows(k_source, pair, start, seq, BLOCK_N, DIM, BLOCK_D, TMA)
            s = tl.dot(q, k.T, input_precision=PRECISION)  # [BLOCK_M, BLOCK_N]
            if MASKED:
                j = start + columns  # [BLOCK_N]
                visible = (j < seq)[None, :]
                if CAUSAL:
                    visible = visible & (j[None, :] <= i[:, None])
                s = tl.where(visible, s, -float("inf"))

            # Every query sees the first key of its part: from the first block on m_new is finite, also
            # for a query to which all of a later block is masked.
            m_new = tl.maximum(m_i, tl.max(s, axis=1) * scale)  # [BLOCK_M]
            p = exponentials(s, m_new[:, None], scale, q.dtype == tl.float32)  # [BLOCK_M, BLOCK_N]
            alpha = tl.exp(m_i - m_new)  # [BLOCK_M]
            l_i = l_i * alpha + tl.sum(p, axis=1)
            v = load_rows(v_source, pair, start, seq, BLOCK_N, DIM, BLOCK_D, TMA)
            acc = tl.dot(p.to(v.dtype), v, acc * alpha[:, None], input_precision=PRECISION)
            m_i = m_new

    store_rows(out_ptr, acc / l_i[:, None], part * pairs + pair, i, seq, DIM, BLOCK_D)
    lse = m_i + tl.log(l_i)
    tl.store(lse_ptr + (part * pairs + pair).to(tl.int64) * seq + i, lse, mask=i < seq)


@triton.jit
def merge_kernel(
    part_out_ptr,
    part_lse_ptr,
    out_ptr,
    lse_ptr,
    rows,
    seq,
    parts,
    chunk,
    CAUSAL: tl.constexpr,
    DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_P: tl.constexpr,
):
    """lse = ln sum_p e^part_lse[p],   out = sum_p e^(part_lse[p] - lse) * part_out[p]

    for BLOCK_M queries."""
    i = tl.program_id(0).to(tl.int64) * BLOCK_M + tl.arange(0, BLOCK_M)  # [BLOCK_M], of all pairs' queries
    d = tl.arange(0, BLOCK_D)  # [BLOCK_D]
    part = tl.arange(0, BLOCK_P)  # [BLOCK_P]
    mask = (part < parts)[:, None] & (i < rows)[None, :]
    if CAUSAL:  # nothing was written of parts beyond the diagonal
        mask = mask & ((part * chunk)[:, None] <= (i % seq)[None, :])
    row = part[:, None] * rows + i[None, :]  # [BLOCK_P, BLOCK_M]
    part_lse = tl.load(part_lse_ptr + row, mask=mask, other=-float("inf"))
    m = tl.max(part_lse, axis=0)  # [BLOCK_M]
    m = tl.where(i < rows, m, 0.0)
    weight = tl.exp(part_lse - m[None, :])  # [BLOCK_P, BLOCK_M]
    total = tl.sum(weight, axis=0)  # [BLOCK_M]
    columns = (d < DIM)[None, None, :]
    part_out_ptr += row[:, :, None] * DIM + d[None, None, :]
    part_out = tl.load(part_out_ptr, mask=mask[:, :, None] & columns, other=0.0)
    out = tl.sum(part_out * weight[:, :, None], axis=0) / total[:, None]
    out = out.to(out_ptr.dtype.element_ty)
    tl.store(out_ptr + i[:, None] * DIM + d[None, :], out, mask=(i < rows)[:, None] & (d < DIM)[None, :])
    tl.store(lse_ptr + i, m + tl.log(total), mask=i < rows)


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
            p = exponentials(s, lse[None, :], scale, q.dtype == tl.float32)
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
            p = exponentials(s, lse[:, None], scale, q.dtype == tl.float32)
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


def tiling(dim: int, dtype: torch.dtype) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Block sizes of the forward, the dk/dv and the dq kernel: small, so that programs share an SM."""
    if dtype == torch.float32:  # bf16x6 holds every operand three times
        own, warps = (64, 4) if dim <= 64 else (32, 8)
        keys = dict(BLOCK_M=32, BLOCK_N=own, num_warps=warps, num_stages=2)
        queries = dict(BLOCK_M=own, BLOCK_N=32, num_warps=warps, num_stages=2)
        return queries, keys, queries  # scores from the same products in the same order in both passes
    backward = dict(BLOCK_M=64, BLOCK_N=64, num_warps=4, num_stages=2)
    if dim <= 64:
        forward = dict(BLOCK_M=64, BLOCK_N=128, num_warps=4, num_stages=2)
        return forward, backward, backward | dict(num_stages=3)
    return backward | dict(num_stages=3), backward, backward


def parts_of(seq: int, step: int, programs: int, wanted: int) -> tuple[int, int]:
    """In how many parts so many programs become as many as wanted, and the rows of one: some whole steps."""
    parts = max(1, min(wanted // programs, triton.cdiv(seq, 2 * step), MOST_PARTS))
    chunk = triton.cdiv(seq, parts * step) * step
    return triton.cdiv(seq, chunk), chunk


def solve(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    d_out: Tensor,
    causal: bool,
    out: Tensor,
    dq: Tensor,
    dk: Tensor,
    dv: Tensor,
) -> None:
    batch, heads, seq, dim = q.shape
    pairs = batch * heads
    rows = pairs * seq
    widths = dict(DIM=dim, BLOCK_D=triton.next_power_of_2(dim))
    forward, keys, queries = tiling(dim, q.dtype)
    tma = has_tma(q) and q.dtype != torch.float32
    common = dict(CAUSAL=causal, TMA=tma, PRECISION=FLOAT32_PRODUCT if q.is_cuda else "ieee", **widths)

    def blocks(x: Tensor, rows: int) -> TensorDescriptor | Tensor:
        if not tma:
            return x
        return TensorDescriptor(x, [pairs, seq, dim], [seq * dim, dim, 1], [1, rows, widths["BLOCK_D"]])

    def given(tile: dict[str, int]) -> tuple[TensorDescriptor | Tensor, ...]:
        m, n = tile["BLOCK_M"], tile["BLOCK_N"]
        return blocks(q, m), blocks(k, n), blocks(v, n)

    # Forward. A part starts where a block of queries does: each query sees its first key, or none of it.
    programs = pairs * triton.cdiv(seq, forward["BLOCK_M"])
    parts, chunk = parts_of(seq, max(forward["BLOCK_M"], forward["BLOCK_N"]), programs, PROGRAMS)
    lse = torch.empty(batch, heads, seq, device=q.device)
    part_out, part_lse = out, lse
    if parts > 1:
        part_out = torch.empty(parts, *out.shape, dtype=torch.float32, device=q.device)
        part_lse = torch.empty(parts, *lse.shape, device=q.device)
    forward_kernel[(programs * parts,)](
        *given(forward),
        part_out,
        part_lse,
        pairs,
        max(1, min(pairs, L2_BYTES // (2 * k.element_size() * seq * dim))),
        parts,
        chunk,
        seq,
        dim**-0.5,
        **common,
        **forward,
    )
    if parts > 1:
        merge_kernel[(triton.cdiv(rows, 8),)](
            part_out,
            part_lse,
            out,
            lse,
            rows,
            seq,
            parts,
            chunk,
            CAUSAL=causal,
            **widths,
            BLOCK_M=8,
            BLOCK_P=triton.next_power_of_2(parts),
            num_warps=4,
        )
        del part_out, part_lse  # their memory serves the next parts

    # Backward.
    delta = torch.empty_like(lse)
    delta_kernel[(triton.cdiv(rows, 64),)](out, d_out, delta, rows, **widths, BLOCK_R=64, num_warps=4)
    programs = pairs * triton.cdiv(seq, keys["BLOCK_N"])  # of either kernel: their blocks are of one size
    parts, chunk = parts_of(seq, keys["BLOCK_M"], programs, PROGRAMS)
    sums = dq, dk, dv
    if parts > 1:
        part = torch.empty(3, parts, *q.shape, dtype=torch.float32, device=q.device)
        sums = part.unbind()
    common |= dict(
        lse_ptr=lse, delta_ptr=delta, pairs=pairs, parts=parts, chunk=chunk, seq=seq, scale=dim**-0.5
    )  # fmt: skip
    dk_dv_kernel[(programs * parts,)](
        *given(keys), blocks(d_out, keys["BLOCK_M"]), dk_ptr=sums[1], dv_ptr=sums[2], **common, **keys
    )
    dq_kernel[(programs * parts,)](
        *given(queries), blocks(d_out, queries["BLOCK_M"]), dq_ptr=sums[0], **common, **queries
    )
    if parts > 1:
        n = rows * dim
        add_kernel[(triton.cdiv(n, 1024), 3)](part, dq, dk, dv, n, parts, BLOCK=1024, num_warps=4)
