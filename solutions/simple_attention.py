r"""# Attention of scalars, with an online softmax

**Idea.** Each program owns `BLOCK_Q` queries and walks over all keys and values once, in blocks. It
keeps per query a running maximum `m`, a running sum of exponentials `total` and a running weighted
sum of values `acc`; when a block raises the maximum to $m'$, both sums are multiplied by $e^{m - m'}$.

**What bounds it.** Exponentials. There are $nt$ of them, and an H100 computes 16 per cycle and SM:
8192 queries times 8192 keys take 31,776 cycles of all 132 SMs. The bytes are nothing, $8n + 8t$;
the matrix of products, which PyTorch writes and reads several times, would be $4nt$ bytes.

**What matters.**

- *The matrix stays in registers.* A `[BLOCK_Q, BLOCK_T]` tile of products lives for one step of the
  loop. This is the core of flash attention, without the matrix multiplications.
- *One warp per program.* The reductions over the keys then never leave the warp: each lane adds 16
  elements by itself and 5 shuffles do the rest. With 4 warps, every reduction would go through
  shared memory and wait at a barrier.
- *The instructions around the exponential.* There are 4 issue slots per cycle and SM, so 8 per 32
  exponentials; anything beyond that costs time. Hence $2^x$, which the hardware has, in place of
  $e^x$, with $\log_2 e$ multiplied into $q$ once, and hence no mask except in the last block.

**What goes wrong in the naive version.** $e^{qk}$ overflows past $qk \approx 88.7$ or underflows
for all keys of a query, and the answer is NaN. Rescaling `total` but not `acc` goes unnoticed wherever
the maximum lies in the first block. Padding the keys with 0 adds a product of 0 for each: that is
the largest of all for a query whose products are negative. And where the compiler fuses $qk - m$ into
one multiply-add, the product is not rounded; if it does so for whole blocks and not for the masked one,
equal keys weigh differently, by $5 \cdot 10^{-4}$ at products of $10^4$. Hence an explicit `tl.fma`.

**What to try next.** For few queries and many keys: several programs per query, whose
(`m`, `total`, `acc`) a second kernel merges. A few of the exponentials as polynomials, on the otherwise
idle FMA units. And, for scalars only: the maximum of $q k_j$ is at the largest or the smallest key,
so that a first pass over $k$ makes $m$ known in advance.
"""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "simple_attention"

BLOCK_Q = 4
WIDEST_T = 512
LOG2_E = tl.constexpr(1.4426950408889634)


@triton.jit
def attend(q, k, v, valid, m, total, acc, MASKED: tl.constexpr):
    """Take a block of keys and values into m, total and acc, where q carries a factor of log2(e).

    m' = max(m, max_j q k[j])
    total' = total * 2^(m - m') + sum_j 2^(q k[j] - m')
    acc' = acc * 2^(m - m') + sum_j 2^(q k[j] - m') v[j]
    """
    s = q[:, None] * k[None, :]  # [BLOCK_Q, BLOCK_T]
    if MASKED:
        s = tl.where(valid[None, :], s, -float("inf"))
    m_new = tl.maximum(m, tl.max(s, axis=1))  # [BLOCK_Q]
    # Not s - m_new, which the compiler may fuse or not: each version of this function must round alike.
    d = tl.fma(q[:, None], k[None, :], -m_new[:, None])  # [BLOCK_Q, BLOCK_T]
    if MASKED:
        d = tl.where(valid[None, :], d, -float("inf"))  # 2^-inf = 0: a padded key has no weight
    p = tl.exp2(d)  # [BLOCK_Q, BLOCK_T]
    # In the first block m is -inf, and alpha is 0. m_new is finite, as each block has a valid key.
    alpha = tl.exp2(m - m_new)  # [BLOCK_Q]
    total = total * alpha + tl.sum(p, axis=1)
    acc = acc * alpha + tl.sum(p * v[None, :], axis=1)
    return m_new, total, acc


@triton.jit
def attention_kernel(q_ptr, k_ptr, v_ptr, out_ptr, n, t, BLOCK_Q: tl.constexpr, BLOCK_T: tl.constexpr):
    """out[i] = sum_j exp(q[i] k[j]) v[j] / sum_j exp(q[i] k[j]) for BLOCK_Q values of i, in one pass."""
    i = tl.program_id(0).to(tl.int64) * BLOCK_Q + tl.arange(0, BLOCK_Q)  # [BLOCK_Q]
    q = tl.load(q_ptr + i, mask=i < n, other=0.0) * LOG2_E  # [BLOCK_Q]; exp(x) = 2^(x log2(e))

    m = tl.full([BLOCK_Q], -float("inf"), dtype=tl.float32)
    total = tl.zeros([BLOCK_Q], dtype=tl.float32)
    acc = tl.zeros([BLOCK_Q], dtype=tl.float32)
    columns = tl.arange(0, BLOCK_T)  # [BLOCK_T]
    full = t // BLOCK_T * BLOCK_T
    for start in range(0, full, BLOCK_T):
        k = tl.load(k_ptr + start + columns)  # [BLOCK_T]
        v = tl.load(v_ptr + start + columns)  # [BLOCK_T]
        m, total, acc = attend(q, k, v, columns, m, total, acc, MASKED=False)
    if full < t:
        valid = columns < t - full
        k = tl.load(k_ptr + full + columns, mask=valid, other=0.0)
        v = tl.load(v_ptr + full + columns, mask=valid, other=0.0)
        m, total, acc = attend(q, k, v, valid, m, total, acc, MASKED=True)

    tl.store(out_ptr + i, acc / total, mask=i < n)


def solve(q: Tensor, k: Tensor, v: Tensor, out: Tensor) -> None:
    n, t = q.numel(), k.numel()
    block_t = min(triton.next_power_of_2(t), WIDEST_T)
    grid = (triton.cdiv(n, BLOCK_Q),)
    attention_kernel[grid](q, k, v, out, n, t, BLOCK_Q=BLOCK_Q, BLOCK_T=block_t, num_warps=1)
