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
- *Small programs, several to an SM.* Within a program the softmax waits for the product before it
  and the next product waits for the softmax. Two programs of 4 warps on one SM do not wait for each
  other, and one's exponentials meet the other's products; 8 warps of one program all wait at once.
  At a `dim` of 128, (1, 16, 16384, 128), causal, bf16 on an H200, blocks of 128 x 64 and 8 warps took 19 %
  longer than blocks of 64 x 64 and 4, and 128 x 128 and 8 took 8 % longer.
- *Tensor descriptors.* The copy engine (TMA) fetches a block by its coordinates: no registers for
  addresses, no masks, and zeros come for what lies past `seq` or `dim`. Loaded by addresses, in blocks of
  128 x 64, the same took 61 % longer than what is here, and 36 % longer than with descriptors in such
  blocks; SDPA's flash kernel took another 7 % more. Not causal, at (4, 16, 4096, 128), addresses
  (128 x 128) took 15 to 17 % longer than what is here, and SDPA's kernel 19 to 29 % longer than those. At a
  `dim` of 64 there is nothing in it: addresses took 0.1 % longer at (1, 16, 16384, 64), causal, and 3 %
  less at (4, 16, 4096, 64). Before Hopper there is no such engine, and Triton pipelines no descriptor loads
  of float32: both go by addresses.
- *As many stages as leave room for two.* Three stages of 64 x 128 keys and values are 112 KB of
  shared memory with `q`, and two programs fit an SM. Not causal, as above, two stages took 17 to 29 %
  longer, as the loads come late, and four took 26 to 39 % longer, as one program has the SM to itself.
- *Masks where they are needed.* Keys before the first query of the block are visible to all of it:
  those blocks run without a mask. The diagonal and the tail follow in a second loop, and causal
  programs end at the diagonal, which is what halves their work.
- *Heavy blocks first, and heads in sections.* Causal programs differ in length by a factor of `seq /
  BLOCK_M`. If the last queries are started first, the short programs fill the gaps at the end. But
  all heads at once do not fit the L2, so as many as fit go together: 8 % less time at (4, 16, 4096, 128),
  causal, by addresses, and another 28 % less with the descriptors.
- *Parts of the keys where programs are few.* One head of 2048 queries is 32 programs, for 132 SMs.
  Then there are blocks of 16 queries in float32, and the keys are shared out over several programs.
  Each writes an `out` and an `lse` of its keys alone, in float32; as both are what their definitions
  say, a second kernel merges them by $lse = \ln \sum_p e^{lse_p}$ and $out = \sum_p e^{lse_p - lse}
  out_p$. Parts are 16 at most, so scratch is linear in `seq`. One head of 1024 x 32, 1024 x 64, 2048 x 32
  and 2048 x 64, causal, in float32, was 5.2, 6.7, 4.7 and 6.0 times as fast as before that.
- *Precision.* Scores, $m$, $l$ and `acc` are float32; the weights, all in $[0, 1]$, are rounded to
  the dtype of `v` for the second product. In float32 one pass of TF32 is far outside the tolerance;
  `tf32x3` splits each number into two of TF32 and adds three products on the tensor cores.

**What goes wrong in the naive version.** Rescaling $l$ but not `acc` is right for as long as the
first block holds the maximum. Keys past the end that are loaded as 0 have the score 0, not
$-\infty$, and take their share of the softmax. A row that has seen nothing computes $-\infty -
(-\infty)$, NaN; here that cannot happen, as key 0 is visible to all and comes first. And offsets
wrap at $2^{31}$: `pair * seq * dim` is a 64-bit product.

**What to try next.** Flash attention 3: producer and consumer warps, and the softmax of one block
under the products of another. A `dim` of 80 or 96 is padded to 128 here, which is work for nothing:
two products, over 64 + 16 or 64 + 32 columns, avoid that. A causal head in parts leaves the parts
beyond the diagonal idle; parts of what each block of queries sees would be even.
"""

import math

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.tools.tensor_descriptor import TensorDescriptor

CHALLENGE = "flash_attention"

FLOAT32_PRODUCT = "tf32x3"  # or "ieee", without tensor cores
PROGRAMS = 528  # that keep a GPU busy: four for each of an H200's 132 SMs
MOST_PARTS = 16  # scratch is at most so many times the output, in float32
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
def attention_kernel(
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
    scale_log2,
    CAUSAL: tl.constexpr,
    TMA: tl.constexpr,
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

    and then out = acc / l_i, lse = ln(2) * m_i + ln(l_i). If there are several parts, a program sees the
    keys of one, `chunk` of them, and out and lse are those of these keys alone: out[part], lse[part].
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
            m_new = tl.maximum(m_i, tl.max(s, axis=1) * scale_log2)  # [BLOCK_M]
            p = tl.exp2(s * scale_log2 - m_new[:, None])  # [BLOCK_M, BLOCK_N]
            alpha = tl.exp2(m_i - m_new)  # [BLOCK_M]
            l_i = l_i * alpha + tl.sum(p, axis=1)
            v = load_rows(v_source, pair, start, seq, BLOCK_N, DIM, BLOCK_D, TMA)
            acc = tl.dot(p.to(v.dtype), v, acc * alpha[:, None], input_precision=PRECISION)
            m_i = m_new

    # 64 bits: the offsets may pass 2**31. DIM is known to the compiler, and with it the alignment.
    rows = (part * pairs + pair).to(tl.int64) * seq + i  # [BLOCK_M], of all parts and pairs
    d = tl.arange(0, BLOCK_D)  # [BLOCK_D]
    out = (acc / l_i[:, None]).to(out_ptr.dtype.element_ty)
    tl.store(out_ptr + rows[:, None] * DIM + d[None, :], out, mask=(i < seq)[:, None] & (d < DIM)[None, :])
    lse = m_i * 0.6931471805599453 + tl.log(l_i)  # ln(2 ** m_i) = m_i * ln(2)
    tl.store(lse_ptr + rows, lse, mask=i < seq)


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


def has_tma(x: Tensor) -> bool:
    """Whether descriptors are the hardware's: before Hopper, Triton turns them into slow addresses."""
    return not x.is_cuda or torch.cuda.get_device_capability(x.device)[0] >= 9


def tiling(dim: int, dtype: torch.dtype, rows: int) -> dict[str, int]:
    """Small blocks of few warps, so that several programs share an SM; fewer queries where rows are few."""
    if dtype == torch.float32:  # tf32x3 holds every operand twice
        if rows < 64 * PROGRAMS:
            return dict(BLOCK_M=16, BLOCK_N=64, num_warps=4, num_stages=2)
        if dim <= 64:
            return dict(BLOCK_M=64, BLOCK_N=32, num_warps=4, num_stages=2)
        return dict(BLOCK_M=32, BLOCK_N=32, num_warps=8, num_stages=2)
    if dim <= 64:
        return dict(BLOCK_M=64, BLOCK_N=128, num_warps=4, num_stages=2)
    return dict(BLOCK_M=64, BLOCK_N=64, num_warps=4, num_stages=3)


def parts_of(seq: int, step: int, programs: int, wanted: int) -> tuple[int, int]:
    """In how many parts so many programs become as many as wanted, and the rows of one: some whole steps."""
    parts = max(1, min(wanted // programs, triton.cdiv(seq, 2 * step), MOST_PARTS))
    chunk = triton.cdiv(seq, parts * step) * step
    return triton.cdiv(seq, chunk), chunk


def solve(q: Tensor, k: Tensor, v: Tensor, causal: bool, out: Tensor, lse: Tensor) -> None:
    batch, heads, seq, dim = q.shape
    pairs = batch * heads
    tile = tiling(dim, q.dtype, pairs * seq)
    widths = dict(DIM=dim, BLOCK_D=triton.next_power_of_2(dim))

    tma = has_tma(q) and q.dtype != torch.float32

    def blocks(x: Tensor, rows: int) -> TensorDescriptor | Tensor:
        if not tma:
            return x
        return TensorDescriptor(x, [pairs, seq, dim], [seq * dim, dim, 1], [1, rows, widths["BLOCK_D"]])

    programs = pairs * triton.cdiv(seq, tile["BLOCK_M"])
    # A part starts where a block of queries does: each of its queries sees its first key, or none of it.
    parts, chunk = parts_of(seq, max(tile["BLOCK_M"], tile["BLOCK_N"]), programs, PROGRAMS)
    part_out, part_lse = out, lse
    if parts > 1:
        part_out = torch.empty(parts, *out.shape, dtype=torch.float32, device=out.device)
        part_lse = torch.empty(parts, *lse.shape, dtype=torch.float32, device=lse.device)

    attention_kernel[(programs * parts,)](
        blocks(q, tile["BLOCK_M"]),
        blocks(k, tile["BLOCK_N"]),
        blocks(v, tile["BLOCK_N"]),
        part_out,
        part_lse,
        pairs,
        max(1, min(pairs, L2_BYTES // (2 * k.element_size() * seq * dim))),
        parts,
        chunk,
        seq,
        math.log2(math.e) / math.sqrt(dim),
        CAUSAL=causal,
        TMA=tma,
        PRECISION=FLOAT32_PRODUCT,
        **widths,
        **tile,
    )
    if parts > 1:
        merge_kernel[(triton.cdiv(pairs * seq, 8),)](
            part_out,
            part_lse,
            out,
            lse,
            pairs * seq,
            seq,
            parts,
            chunk,
            CAUSAL=causal,
            **widths,
            BLOCK_M=8,
            BLOCK_P=triton.next_power_of_2(parts),
            num_warps=4,
        )
