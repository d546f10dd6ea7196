r"""# Flash attention 2, one block of queries per program

**Idea.** A softmax can be taken block by block if what is already summed is rescaled whenever the
maximum grows. So each program keeps one block of queries and walks over the keys and values: a
block of scores is made, turned into weights, multiplied by its values and forgotten, and no `seq` x
`seq` matrix is ever in memory.

**The recurrence.** For one query with the scores $s_j$ seen so far, keep three things: the maximum
$m = \max_j s_j$, the sum $l = \sum_j e^{s_j - m}$ and the row $acc = \sum_j e^{s_j - m} v_j$. (In
the code `m_i` and `l_i`: every query $i$ of a block has its own.) All exponents are relative to
$m$, so no factor exceeds 1. A new block of scores $S$ with values $V$ gives

$$m' = \max(m, \max_j S_j), \quad P_j = e^{S_j - m'}, \quad \alpha = e^{m - m'},$$
$$l' = \alpha l + \sum_j P_j, \qquad acc' = \alpha \, acc + P V.$$

Since $e^{s_j - m'} = e^{m - m'} e^{s_j - m}$, one factor $\alpha$ per query moves all old terms to
the new maximum: $acc'$ and $l'$ are again what their definitions say, exactly. At first $m =
-\infty$, $l = 0$ and $acc = 0$, and $\alpha = e^{-\infty} = 0$. At the end $out = acc / l$, in
which $m$ cancels, and $lse = \ln \sum_j e^{s_j} = m + \ln l$.

**Why keep lse.** The backward pass needs the weights again, and $e^{s_j - lse}$ *is* the weight:
one number per query replaces the row of weights, and $m$ and $l$ need not be kept apart.

**What bounds it.** Arithmetic: $4 \cdot batch \cdot heads \cdot seq^2 \cdot dim$ flops in two
products, half of it if causal, for $8 \cdot batch \cdot heads \cdot seq \cdot dim$ bytes of fp16 or
bf16 and $4 \cdot batch \cdot heads \cdot seq$ of `lse`. Each of the $seq^2$ scores also costs an
exponential and a handful of float32 operations outside the tensor cores, for $4 \, dim$ flops
inside: at a `dim` of 64 these are far from free.

**What crosses memory.** Each block of `BLOCK_M` queries reads all $N = seq$ keys and values, so per
head $2 N^2 d / \mathrm{BLOCK\_M}$ elements are loaded (half if causal), besides $N d$ of `q` and $N
d$ of `out`. `BLOCK_M` rows of `q` and `acc` have to fit in $M$ elements of registers and shared
memory, so $\mathrm{BLOCK\_M} = \Theta(M / d)$ and the traffic is $\Theta(N^2 d^2 / M)$, where
unfused attention has $\Theta(N d + N^2)$. As $d^2$ is well below $M$, that is many times less.

**What matters.**

- *Queries outside, keys inside.* $m$, $l$ and `acc` stay in registers and no two programs share a
  query, so the parallelism is over $batch \cdot heads \cdot seq / \mathrm{BLOCK\_M}$ programs. With
  the loops the other way round (`flash_attention_1.py`) they travel through memory for every block
  of keys.
- *One multiply-add and one `exp2` per score.* The hardware's exponential is $2^x$. With $c = scale
  \cdot \log_2 e$, and $m$ counted in the same unit, $e^{scale \cdot x - m}$ is `exp2(x * c - m)`.
  `lse` turns $m$ back with $\ln 2$. Dividing by $l$ once at the end instead of in every step spares
  as many operations again.
- *Masks where they are needed.* Keys before the first query of the block are visible to all of it:
  those blocks run without a mask. The diagonal and the tail follow in a second loop, and causal
  programs end at the diagonal, which is what halves their work.
- *Heavy blocks first.* Causal programs differ in length by a factor of `seq / BLOCK_M`. If the last
  queries are started first, the short programs fill the gaps at the end. Without causality all are
  equal, and neighbours share a head instead, whose keys and values then stay in L2.
- *Precision.* Scores, $m$, $l$ and `acc` are float32; the weights, all in $[0, 1]$, are rounded to
  the dtype of `v` for the second product. In float32 one pass of TF32 is far outside the tolerance;
  `tf32x3` splits each number into two of TF32 and adds three products on the tensor cores.

**What goes wrong in the naive version.** Rescaling $l$ but not `acc` is right for as long as the
first block holds the maximum. Keys past the end that are loaded as 0 have the score 0, not
$-\infty$, and take their share of the softmax. A row that has seen nothing computes $-\infty -
(-\infty)$, NaN; here that cannot happen, as key 0 is visible to all and comes first. And offsets
wrap at $2^{31}$: `pair * seq * dim` is a 64-bit product.

**What to try next.** Tensor descriptors (TMA), whose loads cost no registers for addresses; then
Flash attention 3: producer and consumer warps, and the softmax of one block under the products of
another. A `dim` of 80 or 96 is padded to 128 here, which is work for nothing: two products, over
64 + 16 or 64 + 32 columns, avoid that. With few heads and few queries, split the keys over several
programs and merge their results by `lse`.
"""

import math

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "flash_attention"

FLOAT32_PRODUCT = "tf32x3"  # or "ieee", without tensor cores


@triton.jit
def attention_kernel(
    q_ptr,
    k_ptr,
    v_ptr,
    out_ptr,
    lse_ptr,
    pairs,
    seq,
    scale_log2,
    CAUSAL: tl.constexpr,
    PRECISION: tl.constexpr,
    DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """BLOCK_M queries q, of one pair (batch, head). For each block k, v of its keys and values, in turn:

    s = scale * log2(e) * q @ k^T,   -inf where a key is not visible
    m_i' = max(m_i, max_j s),   p = 2^(s - m_i'),   alpha = 2^(m_i - m_i')
    l_i' = alpha * l_i + sum_j p,   acc' = alpha * acc + p @ v

    and then out = acc / l_i, lse = ln(2) * m_i + ln(l_i).
    """
    pid = tl.program_id(0)
    blocks = tl.cdiv(seq, BLOCK_M)
    if CAUSAL:  # the last blocks of all heads first: they see the most keys
        pair = pid % pairs
        first = (blocks - 1 - pid // pairs) * BLOCK_M
    else:  # head by head
        pair = pid // blocks
        first = pid % blocks * BLOCK_M

    i = first + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    d = tl.arange(0, BLOCK_D)  # [BLOCK_D]
    columns = tl.arange(0, BLOCK_N)  # [BLOCK_N]

    # 64 bits: both products may pass 2**31. DIM is known to the compiler, and with it the alignment.
    head = pair.to(tl.int64) * seq * DIM
    rows = i.to(tl.int64)[:, None] * DIM + d[None, :]  # [BLOCK_M, BLOCK_D]
    mask_rows = (i < seq)[:, None] & (d < DIM)[None, :]
    q = tl.load(q_ptr + head + rows, mask=mask_rows, other=0.0)  # [BLOCK_M, BLOCK_D]
    k_ptr += head
    v_ptr += head
    tile = columns[:, None] * DIM + d[None, :]  # [BLOCK_N, BLOCK_D]

    m_i = tl.full([BLOCK_M], -float("inf"), dtype=tl.float32)
    l_i = tl.zeros([BLOCK_M], dtype=tl.float32)
    acc = tl.zeros([BLOCK_M, BLOCK_D], dtype=tl.float32)

    # Keys below `full` make whole blocks that all queries see; only those up to `end` need a mask.
    if CAUSAL:
        full = (first + 1) // BLOCK_N * BLOCK_N
        end = tl.minimum(first + BLOCK_M, seq)
    else:
        full = seq // BLOCK_N * BLOCK_N
        end = seq

    for MASKED in tl.static_range(2):
        for start in range(full if MASKED else 0, end if MASKED else full, BLOCK_N):
            j = start + columns  # [BLOCK_N]
            if MASKED:
                mask = (j < seq)[:, None] & (d < DIM)[None, :]
                k = tl.load(k_ptr + tile, mask=mask, other=0.0)  # [BLOCK_N, BLOCK_D]
                v = tl.load(v_ptr + tile, mask=mask, other=0.0)
            elif DIM < BLOCK_D:
                k = tl.load(k_ptr + tile, mask=(d < DIM)[None, :], other=0.0)
                v = tl.load(v_ptr + tile, mask=(d < DIM)[None, :], other=0.0)
            else:
                k = tl.load(k_ptr + tile)
                v = tl.load(v_ptr + tile)

            s = tl.dot(q, tl.trans(k), input_precision=PRECISION)  # [BLOCK_M, BLOCK_N]
            if MASKED:
                visible = (j < seq)[None, :]
                if CAUSAL:
                    visible = visible & (j[None, :] <= i[:, None])
                s = tl.where(visible, s, -float("inf"))

            # Key 0, which every query sees, is in the first block: from there on m_new is finite,
            # also for a query to which all of a later block is masked.
            m_new = tl.maximum(m_i, tl.max(s, axis=1) * scale_log2)  # [BLOCK_M]
            p = tl.exp2(s * scale_log2 - m_new[:, None])  # [BLOCK_M, BLOCK_N]
            alpha = tl.exp2(m_i - m_new)  # [BLOCK_M]
            l_i = l_i * alpha + tl.sum(p, axis=1)
            acc = tl.dot(p.to(v.dtype), v, acc * alpha[:, None], input_precision=PRECISION)
            m_i = m_new
            k_ptr += BLOCK_N * DIM
            v_ptr += BLOCK_N * DIM

    out = acc / l_i[:, None]
    tl.store(out_ptr + head + rows, out.to(out_ptr.dtype.element_ty), mask=mask_rows)
    lse = m_i * 0.6931471805599453 + tl.log(l_i)  # ln(2 ** m_i) = m_i * ln(2)
    tl.store(lse_ptr + pair.to(tl.int64) * seq + i, lse, mask=i < seq)


def tiling(dim: int, dtype: torch.dtype, causal: bool) -> dict[str, int]:
    """The largest blocks whose scores, weights and acc stay in registers."""
    if dtype == torch.float32:  # tf32x3 holds every operand twice
        if dim <= 64:
            return dict(BLOCK_M=64, BLOCK_N=32, num_warps=4, num_stages=2)
        return dict(BLOCK_M=32, BLOCK_N=32, num_warps=8, num_stages=2)
    if dim <= 64:
        return dict(BLOCK_M=128, BLOCK_N=64, num_warps=8, num_stages=3)
    if causal:
        return dict(BLOCK_M=128, BLOCK_N=64, num_warps=8, num_stages=2)
    return dict(BLOCK_M=128, BLOCK_N=128, num_warps=8, num_stages=2)


def solve(q: Tensor, k: Tensor, v: Tensor, causal: bool, out: Tensor, lse: Tensor) -> None:
    batch, heads, seq, dim = q.shape
    pairs = batch * heads
    tile = tiling(dim, q.dtype, causal)
    attention_kernel[(pairs * triton.cdiv(seq, tile["BLOCK_M"]),)](
        q,
        k,
        v,
        out,
        lse,
        pairs,
        seq,
        math.log2(math.e) / math.sqrt(dim),
        CAUSAL=causal,
        PRECISION=FLOAT32_PRODUCT,
        DIM=dim,
        BLOCK_D=triton.next_power_of_2(dim),
        **tile,
    )
