r"""# Flash attention 1, keys outside and queries inside

**Idea.** This is algorithm 1 of the first paper. A block of keys and values is brought on chip, and
all queries pass by: each block of queries takes its share of the softmax from these keys, and puts
its running output, sum and maximum back to memory until the next block of keys comes.

**The recurrence.** Let $s_j = scale \cdot q \cdot k_j$ be the scores of one query that have been
seen. In memory (as `m_i`, `l_i` and `acc`) are $m = \max_j s_j$, $l = \sum_j e^{s_j - m}$ and $o =
\frac{1}{l} \sum_j e^{s_j - m} v_j$: the right answer for the keys so far. A new block with the
scores $S$ and the values $V$ gives

$$m' = \max(m, \max_j S_j), \quad P_j = e^{S_j - m'}, \quad \alpha = e^{m - m'},$$
$$l' = \alpha l + \sum_j P_j, \qquad o' = \frac{\alpha l \, o + P V}{l'}.$$

$l \, o$ undoes the old division and is a sum of terms relative to $m$. Since $e^{s_j - m'} = e^{m -
m'} e^{s_j - m}$, the one factor $\alpha$ makes all of them relative to $m'$; the new terms are so
from the start, and $l'$ divides both. Before the first block $m = -\infty$, $l = 0$ and $o = 0$. At
the end $o$ is the answer, and $lse = m + \ln l = \ln \sum_j e^{s_j}$, from which the backward pass
gets any weight again as $e^{s_j - lse}$: the $N^2$ weights need not be kept, only $N$ numbers.

**What bounds it.** Meant to be arithmetic, $4 \cdot batch \cdot heads \cdot seq^2 \cdot dim$ flops
(half if causal). Here it is the number of programs: one per (batch, head), 16 in the first
benchmark, whatever `seq` is.

**What crosses memory.** Unfused attention writes and reads the $N \times N$ scores, $\Theta(N d +
N^2)$ accesses per head. Here keys and values are read once, but each of the $N / \mathrm{BLOCK\_N}$
outer steps reads $q$, $o$, $l$ and $m$ and writes $o$, $l$ and $m$: $3 N d + 4 N$ numbers. A block
of keys and values has to fit on chip in $M$ numbers, so $\mathrm{BLOCK\_N} = \Theta(M / d)$, and
the total is

$$\Theta\left(\frac{N}{M / d} \cdot N d\right) = \Theta\left(\frac{N^2 d^2}{M}\right).$$

The paper also shows that no exact algorithm can do asymptotically better for all $M$ between $d$
and $N d$.

**What matters.**

- *Why Flash attention 2 turned the loops.* With the queries outside (`flash_attention_2.py`), $o$,
  $l$ and $m$ of a block stay in registers until they are done and are written once; only keys and
  values are read over and over, $2 N d$ numbers per pass instead of $3 N d$. No two programs share
  a query, so blocks of queries become programs of their own, and one long sequence fills the GPU.
  With the keys outside, two blocks of keys update the same $o$ and can only take turns. And $o$ in
  registers can stay undivided until the end, which spares a multiplication and a division per
  element and step.
- *Threads exchange through memory.* The thread that loads an element of `acc`, `l` or `m` need not
  be the one that stored it in the outer step before. A barrier between the steps makes the stores
  visible to the whole program, and one before the stores lets everyone finish reading.
- *Float32 in memory.* `acc` is rescaled `seq / BLOCK_N` times. In fp16 it would be rounded each
  time.

**What goes wrong in the naive version.** The paper takes the maximum of each block by itself, and
multiplies by $e^{\tilde m - m'}$ afterwards. With a causal mask a query may see nothing of a block;
then $\tilde m = -\infty$ and $-\infty - (-\infty)$ is NaN. The exponent relative to $m'$ is safe:
key 0 is visible to all and comes first, so $m'$ is finite. And a key past the end needs the score
$-\infty$: loaded as 0 it would have the score 0 and a share of the softmax.

**What to try next.** Split the queries over several programs, each of which passes over all keys.
With one block of queries per program, the inner loop is gone and `acc` can stay in registers: that
is Flash attention 2.
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
    acc_ptr,
    l_ptr,
    m_ptr,
    out_ptr,
    lse_ptr,
    seq,
    scale,
    CAUSAL: tl.constexpr,
    PRECISION: tl.constexpr,
    DIM: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """One pair (batch, head). For each block k, v of keys and values, for each block q of queries:

    s = scale * q @ k^T,   -inf where a key is not visible
    m_i' = max(m_i, max_j s),   p = e^(s - m_i'),   alpha = e^(m_i - m_i')
    l_i' = alpha * l_i + sum_j p,   acc' = (alpha * l_i * acc + p @ v) / l_i'

    where acc, l and m of the block of queries come from memory and go back there.
    """
    pair = tl.program_id(0).to(tl.int64)
    head = pair * seq * DIM
    row = pair * seq
    d = tl.arange(0, BLOCK_D)  # [BLOCK_D]

    for start in range(0, seq, BLOCK_N):
        j = start + tl.arange(0, BLOCK_N)  # [BLOCK_N]
        at_j = head + j.to(tl.int64)[:, None] * DIM + d[None, :]  # [BLOCK_N, BLOCK_D]
        mask_j = (j < seq)[:, None] & (d < DIM)[None, :]
        k = tl.load(k_ptr + at_j, mask=mask_j, other=0.0)  # [BLOCK_N, BLOCK_D]
        v = tl.load(v_ptr + at_j, mask=mask_j, other=0.0)

        # What other threads have stored in the step before is about to be read.
        tl.debug_barrier()

        # If causal, queries before the first key of this block see nothing of it.
        for first in range(start // BLOCK_M * BLOCK_M if CAUSAL else 0, seq, BLOCK_M):
            i = first + tl.arange(0, BLOCK_M)  # [BLOCK_M]
            at_i = head + i.to(tl.int64)[:, None] * DIM + d[None, :]  # [BLOCK_M, BLOCK_D]
            mask_i = (i < seq)[:, None] & (d < DIM)[None, :]
            q = tl.load(q_ptr + at_i, mask=mask_i, other=0.0)  # [BLOCK_M, BLOCK_D]
            acc = tl.load(acc_ptr + at_i, mask=mask_i, other=0.0)  # [BLOCK_M, BLOCK_D]
            l_i = tl.load(l_ptr + row + i, mask=i < seq, other=0.0)  # [BLOCK_M]
            m_i = tl.load(m_ptr + row + i, mask=i < seq, other=0.0)

            s = tl.dot(q, tl.trans(k), input_precision=PRECISION) * scale  # [BLOCK_M, BLOCK_N]
            visible = (j < seq)[None, :]
            if CAUSAL:
                visible = visible & (j[None, :] <= i[:, None])
            s = tl.where(visible, s, -float("inf"))

            m_new = tl.maximum(m_i, tl.max(s, axis=1))  # [BLOCK_M], finite from the first block of keys on
            p = tl.exp(s - m_new[:, None])  # [BLOCK_M, BLOCK_N]
            l_old = l_i * tl.exp(m_i - m_new)
            l_new = l_old + tl.sum(p, axis=1)
            acc = tl.dot(p.to(v.dtype), v, acc * l_old[:, None], input_precision=PRECISION) / l_new[:, None]

            # What is about to be overwritten has been read by all threads.
            tl.debug_barrier()
            tl.store(acc_ptr + at_i, acc, mask=mask_i)
            tl.store(l_ptr + row + i, l_new, mask=i < seq)
            tl.store(m_ptr + row + i, m_new, mask=i < seq)

    tl.debug_barrier()
    for first in range(0, seq, BLOCK_M):
        i = first + tl.arange(0, BLOCK_M)
        at_i = head + i.to(tl.int64)[:, None] * DIM + d[None, :]
        mask_i = (i < seq)[:, None] & (d < DIM)[None, :]
        acc = tl.load(acc_ptr + at_i, mask=mask_i)
        tl.store(out_ptr + at_i, acc.to(out_ptr.dtype.element_ty), mask=mask_i)
        l_i = tl.load(l_ptr + row + i, mask=i < seq, other=1.0)
        m_i = tl.load(m_ptr + row + i, mask=i < seq, other=0.0)
        tl.store(lse_ptr + row + i, m_i + tl.log(l_i), mask=i < seq)


def tiling(dim: int, dtype: torch.dtype) -> dict[str, int]:
    """Keys and values of a block stay on chip while all queries pass."""
    if dtype == torch.float32:  # tf32x3 holds every operand twice
        if dim <= 64:
            return dict(BLOCK_M=64, BLOCK_N=32, num_warps=8, num_stages=2)
        return dict(BLOCK_M=32, BLOCK_N=32, num_warps=8, num_stages=2)
    return dict(BLOCK_M=64, BLOCK_N=128, num_warps=8, num_stages=2)


def solve(q: Tensor, k: Tensor, v: Tensor, causal: bool, out: Tensor, lse: Tensor) -> None:
    batch, heads, seq, dim = q.shape
    acc = torch.zeros(q.shape, dtype=torch.float32, device=q.device)
    l_i = torch.zeros(lse.shape, dtype=torch.float32, device=q.device)
    m_i = torch.full(lse.shape, -torch.inf, dtype=torch.float32, device=q.device)
    attention_kernel[(batch * heads,)](
        q,
        k,
        v,
        acc,
        l_i,
        m_i,
        out,
        lse,
        seq,
        1 / math.sqrt(dim),
        CAUSAL=causal,
        PRECISION=FLOAT32_PRODUCT,
        DIM=dim,
        BLOCK_D=triton.next_power_of_2(dim),
        **tiling(dim, q.dtype),
    )
