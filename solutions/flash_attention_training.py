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
  seq^2$ in 16 bits. With `delta`, as large as `lse`, that is all the scratch: linear in `seq`.
- *What is recomputed.* $s$ and with it $p = e^{s - \mathrm{lse}}$, from `q` and `k`: one product more
  costs less time than writing $p$ and reading it back. The maximum and the sum are not needed apart:
  $\mathrm{lse} = m + \ln l$ is what both passes agree on, and $p$ comes out normalized.
- *`delta` lies between the passes.* It needs all of `out` and the gradient of it, so it can only follow
  the forward pass, and both kernels of the backward pass need it.
- *The same scores in both passes.* They are computed in float32 from unscaled `q` and `k`. If one pass
  rounded them otherwise, $s - \mathrm{lse}$ would be off by the difference, and the rows of $p$ would
  not sum to 1. In float32 products are exact ones (`ieee`): TF32, even in three parts, was refused.

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

CHALLENGE = "flash_attention_training"

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
def attend(
    m,
    l,
    acc,
    q,
    i,
    start,
    k_ptr,
    v_ptr,
    seq,
    scale_log2,
    CAUSAL: tl.constexpr,
    TAIL: tl.constexpr,
    DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """m' = max(m, max s),  l' = l * 2^(m - m') + sum p,  acc' = acc * 2^(m - m') + p v,  p = 2^(s - m')

    for the BLOCK_N keys from `start` on; TAIL: some of them may be hidden, or past seq.
    """
    j = start + tl.arange(0, BLOCK_N)  # [BLOCK_N]
    k = load_rows(k_ptr, j, seq, DIM, BLOCK_D, TAIL)  # [BLOCK_N, BLOCK_D]
    v = load_rows(v_ptr, j, seq, DIM, BLOCK_D, TAIL)  # [BLOCK_N, BLOCK_D]
    s = tl.dot(q, tl.trans(k), input_precision=PRECISION)  # [BLOCK_M, BLOCK_N]
    if TAIL:
        seen = (j < seq)[None, :]
        if CAUSAL:
            seen = seen & (j[None, :] <= i[:, None])
        s = tl.where(seen, s, -float("inf"))
    # Every query sees key 0, which is in its first block: m_new is finite.
    m_new = tl.maximum(m, tl.max(s, axis=1) * scale_log2)  # [BLOCK_M]
    p = tl.exp2(s * scale_log2 - m_new[:, None])
    alpha = tl.exp2(m - m_new)  # [BLOCK_M]
    l = l * alpha + tl.sum(p, axis=1)
    acc = tl.dot(p.to(v.dtype), v, acc * alpha[:, None], input_precision=PRECISION)  # [BLOCK_M, BLOCK_D]
    return m_new, l, acc


@triton.jit
def forward_kernel(
    q_ptr,
    k_ptr,
    v_ptr,
    out_ptr,
    lse_ptr,
    seq,
    scale,
    CAUSAL: tl.constexpr,
    DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """s = scale * q k^T,  out = softmax(s) v,  lse = log sum_j exp(s)     for BLOCK_M queries of one head"""
    blocks = tl.cdiv(seq, BLOCK_M)
    head = (tl.program_id(0) // blocks).to(tl.int64)
    # The longest work first: that of the last queries.
    first = (blocks - 1 - tl.program_id(0) % blocks) * BLOCK_M
    q_ptr += head * seq * DIM
    k_ptr += head * seq * DIM
    v_ptr += head * seq * DIM
    out_ptr += head * seq * DIM
    lse_ptr += head * seq

    i = first + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    q = load_rows(q_ptr, i, seq, DIM, BLOCK_D, TAIL=True)  # [BLOCK_M, BLOCK_D]
    m = tl.full([BLOCK_M], -float("inf"), dtype=tl.float32)
    l = tl.zeros([BLOCK_M], dtype=tl.float32)
    acc = tl.zeros([BLOCK_M, BLOCK_D], dtype=tl.float32)
    scale_log2 = scale * LOG2E

    # Keys before `whole` come in whole blocks that all queries see; keys from `end` on are seen by none.
    whole = seq // BLOCK_N * BLOCK_N
    end = seq
    if CAUSAL:
        whole = first // BLOCK_N * BLOCK_N
        end = tl.minimum(first + BLOCK_M, seq)
    for start in tl.range(0, whole, BLOCK_N):
        m, l, acc = attend(
            m, l, acc, q, i, start, k_ptr, v_ptr, seq, scale_log2,
            CAUSAL, False, DIM, BLOCK_D, BLOCK_N,
        )  # fmt: skip
    for start in tl.range(whole, end, BLOCK_N):
        m, l, acc = attend(
            m, l, acc, q, i, start, k_ptr, v_ptr, seq, scale_log2,
            CAUSAL, True, DIM, BLOCK_D, BLOCK_N,
        )  # fmt: skip

    store_rows(out_ptr, acc / l[:, None], i, seq, DIM, BLOCK_D)
    tl.store(lse_ptr + i, (m + tl.log2(l)) / LOG2E, mask=i < seq)  # m counts in powers of 2


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


def tiling(dim: int, dtype: torch.dtype) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Block sizes of the forward, the dk/dv and the dq kernel."""
    if dtype == torch.float32:
        small = dict(BLOCK_M=32, BLOCK_N=32, num_warps=4 if dim <= 64 else 8, num_stages=1)
        return small, small, small
    if dim <= 64:
        return (
            dict(BLOCK_M=128, BLOCK_N=64, num_warps=4, num_stages=3),
            dict(BLOCK_M=64, BLOCK_N=128, num_warps=8, num_stages=3),
            dict(BLOCK_M=128, BLOCK_N=64, num_warps=8, num_stages=3),
        )
    return (
        dict(BLOCK_M=128, BLOCK_N=64, num_warps=8, num_stages=2),
        dict(BLOCK_M=64, BLOCK_N=128, num_warps=8, num_stages=2),
        dict(BLOCK_M=128, BLOCK_N=64, num_warps=8, num_stages=2),
    )


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
    head_count = batch * heads
    rows = head_count * seq
    forward, keys, queries = tiling(dim, q.dtype)
    widths = dict(DIM=dim, BLOCK_D=triton.next_power_of_2(dim))
    common = dict(seq=seq, scale=dim**-0.5, CAUSAL=causal, **widths)
    lse, delta = torch.empty(2, batch, heads, seq, device=q.device)  # all that is kept besides out

    forward_kernel[(head_count * triton.cdiv(seq, forward["BLOCK_M"]),)](
        q, k, v, out_ptr=out, lse_ptr=lse, **common, **forward
    )
    delta_kernel[(triton.cdiv(rows, 64),)](out, d_out, delta, rows, **widths, BLOCK_R=64, num_warps=4)
    given = (q, k, v, d_out, lse, delta)
    dk_dv_kernel[(head_count * triton.cdiv(seq, keys["BLOCK_N"]),)](
        *given, dk_ptr=dk, dv_ptr=dv, **common, **keys
    )
    dq_kernel[(head_count * triton.cdiv(seq, queries["BLOCK_M"]),)](*given, dq_ptr=dq, **common, **queries)
