r"""# FlashAttention-2 backward, recomputing the scores

**Idea.** The forward pass stored one number per row, `lse`, and that is enough to compute any tile of
$p_{ij} = e^{s_{ij} - \mathrm{lse}_i}$ again, without a maximum or a sum over the row. So no matrix of
$seq \times seq$ is ever stored: one kernel makes tiles of $p$ and $ds$ for a block of keys and sums up
`dk` and `dv`, another makes them once more for a block of queries and sums up `dq`.

**What bounds it.** Arithmetic. The formula has five products, $10 \cdot batch \cdot heads \cdot seq^2
\cdot dim$ flops, half of it if causal. Both kernels need $s$ and $dp$, so here it is seven, 14 for 10:
at the best 71 % of the matrix rate is left. Memory is linear in `seq`: `delta` is all the scratch.

**What matters.**

- *Why two kernels.* `dk` and `dv` sum over queries, `dq` over keys. A program that owns a block of keys
  can keep `dk` and `dv` in registers, but its part of `dq` has to meet that of all other programs
  in memory: by atomics, in float32, in an order that differs from run to run. Computing $s$ and $dp$
  twice costs two products, and no output is touched by more than one program.
- *`delta` first.* $ds = p \, (dp - \delta)$ looks as if it needed $\sum_j p_{ij} \, dp_{ij}$, a sum over the
  whole row. But that equals $\sum_d d\_out_{id} \, out_{id}$, one pass over `out` and `d_out`.
- *Transposed tiles for `dk` and `dv`.* Keys are the rows of $s = k q^T$ there, so $p$ and $ds$ leave one
  product in the layout in which they are the left operand of the next, and need not be transposed.
- *Masks only where needed.* Tiles below the diagonal run without any; the diagonal and the tail
  have loops of their own. Past the end, queries are zeros with `lse` = `delta` = 0 and add nothing,
  and keys spoil only their own rows of `dk` and `dv`, which are not stored. In `dq` they would be summed
  up, and have to be masked.
- *Powers of 2.* `exp2` is an instruction, `exp` is that and a multiplication. So $\log_2 e$ is part of
  the scale, and one fused multiply-add prepares the exponent. Not in float32: with scores near 120,
  $\mathrm{lse} \log_2 e$ is rounded by $10^{-5}$, and all of its row of $p$ is off by as much. There the
  difference comes first, and products are exact ones (`ieee`): TF32, even in three parts, was refused.
- *16-bit operands, float32 sums.* $p$ and $ds$ are rounded on their way into a product, `dk`, `dv` and `dq`
  once, at the end.

**What goes wrong in the naive version.** Without `delta` the gradient of the softmax's denominator is
missing. The scale belongs to `dq` and to `dk`, not to `dv`. With a causal mask a block of keys starts
at the block of queries that holds its first key, not the one after it. And where `lse` is far below
0, $e^{0 - \mathrm{lse}}$ of a padded key is infinite: times 0 that is NaN.

**What to try next.** One kernel with atomics for `dq`, five products for seven. On Hopper: tensor
descriptors, and warps specialized for loads and products, as in FlashAttention-3. Smaller tiles with
two programs per processor, so that one's exponentials run beside the other's products.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "flash_attention_backward"

LOG2E = tl.constexpr(1.4426950408889634)
PRECISION = tl.constexpr("ieee")  # of products of float32; 16-bit types take no notice


@triton.jit
def load_rows(ptr, rows, seq, DIM: tl.constexpr, BLOCK_D: tl.constexpr, TAIL: tl.constexpr):
    """Some rows of a (seq, DIM) matrix, padded with zeros to BLOCK_D columns; TAIL: rows may pass seq."""
    d = tl.arange(0, BLOCK_D)  # [BLOCK_D]
    ptrs = ptr + rows[:, None] * DIM + d[None, :]  # [rows, BLOCK_D]
    if TAIL and DIM != BLOCK_D:
        tile = tl.load(ptrs, mask=(rows < seq)[:, None] & (d < DIM)[None, :], other=0.0)
    elif TAIL:
        tile = tl.load(ptrs, mask=(rows < seq)[:, None], other=0.0)
    elif DIM != BLOCK_D:
        tile = tl.load(ptrs, mask=(d < DIM)[None, :], other=0.0)
    else:
        tile = tl.load(ptrs)
    return tile


@triton.jit
def store_rows(ptr, tile, rows, seq, DIM: tl.constexpr, BLOCK_D: tl.constexpr):
    d = tl.arange(0, BLOCK_D)  # [BLOCK_D]
    mask = (rows < seq)[:, None] & (d < DIM)[None, :]
    tl.store(ptr + rows[:, None] * DIM + d[None, :], tile.to(ptr.dtype.element_ty), mask=mask)


@triton.jit
def delta_kernel(
    out_ptr, d_out_ptr, delta_ptr, rows, DIM: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK_R: tl.constexpr
):
    """delta[i] = sum_d out[i, d] * d_out[i, d], over all heads' rows at once."""
    i = tl.program_id(0).to(tl.int64) * BLOCK_R + tl.arange(0, BLOCK_R)  # [BLOCK_R]
    out = load_rows(out_ptr, i, rows, DIM, BLOCK_D, TAIL=True).to(tl.float32)  # [BLOCK_R, BLOCK_D]
    d_out = load_rows(d_out_ptr, i, rows, DIM, BLOCK_D, TAIL=True).to(tl.float32)
    tl.store(delta_ptr + i, tl.sum(out * d_out, axis=1), mask=i < rows)


@triton.jit
def dk_dv_step(
    dk,
    dv,
    k,
    v,
    keys,
    start,
    q_ptr,
    d_out_ptr,
    lse_ptr,
    delta_ptr,
    seq,
    scale,
    DIAGONAL: tl.constexpr,
    TAIL: tl.constexpr,
    DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr,
):
    """dv += p^T d_out,  dk += ds^T q  for the BLOCK_M queries from `start` on, everything transposed.

    Queries past seq are zeros, with lse = delta = 0: p = 1 there, d_out = 0 and ds = 0 add nothing.
    """
    i = start + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    q = load_rows(q_ptr, i, seq, DIM, BLOCK_D, TAIL)  # [BLOCK_M, BLOCK_D]
    d_out = load_rows(d_out_ptr, i, seq, DIM, BLOCK_D, TAIL)  # [BLOCK_M, BLOCK_D]
    if TAIL:
        lse = tl.load(lse_ptr + i, mask=i < seq, other=0.0)  # [BLOCK_M]
        delta = tl.load(delta_ptr + i, mask=i < seq, other=0.0)  # [BLOCK_M]
    else:
        lse = tl.load(lse_ptr + i)
        delta = tl.load(delta_ptr + i)

    s = tl.dot(k, tl.trans(q), input_precision=PRECISION)  # [BLOCK_N, BLOCK_M]
    if q.dtype == tl.float32:
        # The difference first: scores may be large, and would be rounded once more in powers of 2.
        p = tl.exp(s * scale - lse[None, :])
    else:
        p = tl.exp2(s * (scale * LOG2E) - (lse * LOG2E)[None, :])
    if DIAGONAL:
        p = tl.where(keys[:, None] <= i[None, :], p, 0.0)
    dv = tl.dot(p.to(d_out.dtype), d_out, dv, input_precision=PRECISION)  # [BLOCK_N, BLOCK_D]
    dp = tl.dot(v, tl.trans(d_out), input_precision=PRECISION)  # [BLOCK_N, BLOCK_M]
    ds = p * (dp - delta[None, :])
    dk = tl.dot(ds.to(q.dtype), q, dk, input_precision=PRECISION)  # [BLOCK_N, BLOCK_D]
    return dk, dv


@triton.jit
def dk_dv_kernel(
    q_ptr,
    k_ptr,
    v_ptr,
    d_out_ptr,
    lse_ptr,
    delta_ptr,
    dk_ptr,
    dv_ptr,
    seq,
    scale,
    CAUSAL: tl.constexpr,
    DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """p = exp(scale * q k^T - lse),  ds = p * (d_out v^T - delta)
    dv = p^T d_out,  dk = scale * ds^T q      for BLOCK_N keys of one head, over all queries that see them
    """
    blocks = tl.cdiv(seq, BLOCK_N)
    head = (tl.program_id(0) // blocks).to(tl.int64)
    first = tl.program_id(0) % blocks * BLOCK_N  # the longest work first: that of the first keys
    q_ptr += head * seq * DIM
    k_ptr += head * seq * DIM
    v_ptr += head * seq * DIM
    d_out_ptr += head * seq * DIM
    dk_ptr += head * seq * DIM
    dv_ptr += head * seq * DIM
    lse_ptr += head * seq
    delta_ptr += head * seq

    j = first + tl.arange(0, BLOCK_N)  # [BLOCK_N]
    k = load_rows(k_ptr, j, seq, DIM, BLOCK_D, TAIL=True)  # [BLOCK_N, BLOCK_D]
    v = load_rows(v_ptr, j, seq, DIM, BLOCK_D, TAIL=True)  # [BLOCK_N, BLOCK_D]
    dk = tl.zeros([BLOCK_N, BLOCK_D], dtype=tl.float32)
    dv = tl.zeros([BLOCK_N, BLOCK_D], dtype=tl.float32)

    # Queries from `visible` on see all keys of the block; from `whole` on, a block of queries is cut short.
    visible = 0
    whole = seq // BLOCK_M * BLOCK_M
    if CAUSAL:
        visible = tl.cdiv(first + BLOCK_N - 1, BLOCK_M) * BLOCK_M
        for start in tl.range(first // BLOCK_M * BLOCK_M, tl.minimum(visible, seq), BLOCK_M):
            dk, dv = dk_dv_step(
                dk, dv, k, v, j, start, q_ptr, d_out_ptr, lse_ptr, delta_ptr, seq, scale,
                True, True, DIM, BLOCK_D, BLOCK_M,
            )  # fmt: skip
    for start in tl.range(visible, whole, BLOCK_M):
        dk, dv = dk_dv_step(
            dk, dv, k, v, j, start, q_ptr, d_out_ptr, lse_ptr, delta_ptr, seq, scale,
            False, False, DIM, BLOCK_D, BLOCK_M,
        )  # fmt: skip
    for start in tl.range(tl.maximum(visible, whole), seq, BLOCK_M):  # at most once
        dk, dv = dk_dv_step(
            dk, dv, k, v, j, start, q_ptr, d_out_ptr, lse_ptr, delta_ptr, seq, scale,
            False, True, DIM, BLOCK_D, BLOCK_M,
        )  # fmt: skip

    store_rows(dk_ptr, dk * scale, j, seq, DIM, BLOCK_D)
    store_rows(dv_ptr, dv, j, seq, DIM, BLOCK_D)


@triton.jit
def dq_step(
    dq,
    q,
    d_out,
    lse,
    delta,
    i,
    start,
    k_ptr,
    v_ptr,
    seq,
    scale,
    CAUSAL: tl.constexpr,
    TAIL: tl.constexpr,
    DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """dq += ds k  for the BLOCK_N keys from `start` on; TAIL: some of them may be hidden, or past seq."""
    j = start + tl.arange(0, BLOCK_N)  # [BLOCK_N]
    k = load_rows(k_ptr, j, seq, DIM, BLOCK_D, TAIL)  # [BLOCK_N, BLOCK_D]
    v = load_rows(v_ptr, j, seq, DIM, BLOCK_D, TAIL)  # [BLOCK_N, BLOCK_D]
    s = tl.dot(q, tl.trans(k), input_precision=PRECISION)  # [BLOCK_M, BLOCK_N]
    if q.dtype == tl.float32:
        p = tl.exp(s * scale - lse[:, None])
    else:
        p = tl.exp2(s * (scale * LOG2E) - (lse * LOG2E)[:, None])
    if TAIL:
        # A key past seq has s = 0 and p = exp(-lse), which may be infinite: infinity * 0 would be NaN.
        seen = (j < seq)[None, :]
        if CAUSAL:
            seen = seen & (j[None, :] <= i[:, None])
        p = tl.where(seen, p, 0.0)
    dp = tl.dot(d_out, tl.trans(v), input_precision=PRECISION)  # [BLOCK_M, BLOCK_N]
    ds = p * (dp - delta[:, None])
    return tl.dot(ds.to(k.dtype), k, dq, input_precision=PRECISION)  # [BLOCK_M, BLOCK_D]


@triton.jit
def dq_kernel(
    q_ptr,
    k_ptr,
    v_ptr,
    d_out_ptr,
    lse_ptr,
    delta_ptr,
    dq_ptr,
    seq,
    scale,
    CAUSAL: tl.constexpr,
    DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """p = exp(scale * q k^T - lse),  ds = p * (d_out v^T - delta)
    dq = scale * ds k      for BLOCK_M queries of one head, over all keys that they see
    """
    blocks = tl.cdiv(seq, BLOCK_M)
    head = (tl.program_id(0) // blocks).to(tl.int64)
    # The longest work first: that of the last queries.
    first = (blocks - 1 - tl.program_id(0) % blocks) * BLOCK_M
    q_ptr += head * seq * DIM
    k_ptr += head * seq * DIM
    v_ptr += head * seq * DIM
    d_out_ptr += head * seq * DIM
    dq_ptr += head * seq * DIM
    lse_ptr += head * seq
    delta_ptr += head * seq

    i = first + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    q = load_rows(q_ptr, i, seq, DIM, BLOCK_D, TAIL=True)  # [BLOCK_M, BLOCK_D]
    d_out = load_rows(d_out_ptr, i, seq, DIM, BLOCK_D, TAIL=True)  # [BLOCK_M, BLOCK_D]
    lse = tl.load(lse_ptr + i, mask=i < seq, other=0.0)  # [BLOCK_M]
    delta = tl.load(delta_ptr + i, mask=i < seq, other=0.0)  # [BLOCK_M]
    dq = tl.zeros([BLOCK_M, BLOCK_D], dtype=tl.float32)

    # Keys before `whole` come in whole blocks that all queries see; keys from `end` on are seen by none.
    whole = seq // BLOCK_N * BLOCK_N
    end = seq
    if CAUSAL:
        whole = first // BLOCK_N * BLOCK_N
        end = tl.minimum(first + BLOCK_M, seq)
    for start in tl.range(0, whole, BLOCK_N):
        dq = dq_step(
            dq, q, d_out, lse, delta, i, start, k_ptr, v_ptr, seq, scale,
            CAUSAL, False, DIM, BLOCK_D, BLOCK_N,
        )  # fmt: skip
    for start in tl.range(whole, end, BLOCK_N):
        dq = dq_step(
            dq, q, d_out, lse, delta, i, start, k_ptr, v_ptr, seq, scale,
            CAUSAL, True, DIM, BLOCK_D, BLOCK_N,
        )  # fmt: skip

    store_rows(dq_ptr, dq * scale, i, seq, DIM, BLOCK_D)


def tiling(dim: int, dtype: torch.dtype) -> tuple[dict[str, int], dict[str, int]]:
    """Block sizes of the dk/dv kernel and of the dq kernel."""
    if dtype == torch.float32:
        small = dict(BLOCK_M=32, BLOCK_N=32, num_warps=4 if dim <= 64 else 8, num_stages=1)
        return small, small
    stages = 3 if dim <= 64 else 2
    return (
        dict(BLOCK_M=64, BLOCK_N=128, num_warps=8, num_stages=stages),
        dict(BLOCK_M=128, BLOCK_N=64, num_warps=8, num_stages=stages),
    )


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
    head_count = batch * heads
    block_d = triton.next_power_of_2(dim)
    widths = dict(DIM=dim, BLOCK_D=block_d)
    keys, queries = tiling(dim, q.dtype)

    delta = torch.empty_like(lse)
    rows = head_count * seq
    delta_kernel[(triton.cdiv(rows, 64),)](out, d_out, delta, rows, **widths, BLOCK_R=64, num_warps=4)
    given = (q, k, v, d_out, lse, delta)
    common = dict(seq=seq, scale=dim**-0.5, CAUSAL=causal, **widths)
    dk_dv_kernel[(head_count * triton.cdiv(seq, keys["BLOCK_N"]),)](
        *given, dk_ptr=dk, dv_ptr=dv, **common, **keys
    )
    dq_kernel[(head_count * triton.cdiv(seq, queries["BLOCK_M"]),)](*given, dq_ptr=dq, **common, **queries)
