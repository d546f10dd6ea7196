r"""# Softmax attention, online over blocks of keys

**Idea.** A program owns a block of queries and walks along the keys and values block by block. It
keeps for each query the largest logit so far, the sum of the weights relative to it, and the
weighted sum of values; when a larger logit comes, the two sums are scaled down to it. The matrix of
logits exists one tile at a time, in registers.

**What bounds it.** Arithmetic: $4mnd$ flops in two products of matrices, against $4(2m + 2n)d$ bytes
that must cross memory. In three steps with the logits in memory it would be $16mn$ bytes more: each
of them is written and read, and so is each weight.

**What matters.**

- *float32 on tensor cores.* They take float32 as tf32, with 11 bits: 3 digits, which the tolerance
  does not forgive. `tf32x3` splits each factor into two tf32 numbers, $a = a_1 + a_2$, and adds up
  $a_2 b_1 + a_1 b_2 + a_1 b_1$: only $a_2 b_2$, at most $2^{-22}$ of the product, is missing. `ieee`
  rounds nothing but the sums, and runs without tensor cores.
- *Short sums inside, float32 outside.* The product with `v` is a sum of `BLOCK_N` terms that starts
  from 0 in each step, and an ordinary addition brings it to `acc`. Tensor cores cut off what does not
  fit into the accumulator instead of rounding it, and over all keys that would add up.
- *`d` padded, the scale not.* `D` is the next power of two, filled up with zeros, which add nothing to
  a product. The scale is $1/\sqrt d$, and it is applied to `q` once and not to each tile of logits.
- *Padding along the keys is not neutral.* Rows of zeros in `k` have the logit 0, so the tile is set
  to $-\infty$ there. A block begins below `n`, so each has a finite logit and the maximum is never
  $-\infty$ after the first: the only $-\infty$ is the initial `top`, and $e^{-\infty}$ makes the empty
  sums 0.

**What goes wrong in the naive version.** Without the maximum, logits past 88 overflow. Scaling `total`
and forgetting `acc` passes where the first block holds the maximum. $\sqrt D$ for $\sqrt d$ passes at
$d = 64$.

**What to try next.** Larger blocks and more warps for $d = 128$; `exp2`, with $\log_2 e$ in the scale. For
few queries and many keys: several programs for each block of queries, whose sums a second kernel
merges by the rule of the loop.
"""

import math

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "softmax_attention"

BLOCK_M, BLOCK_N = 64, 32
PRECISION = "tf32x3"


@triton.jit
def attention_kernel(
    q_ptr,
    k_ptr,
    v_ptr,
    out_ptr,
    m,
    n,
    d,
    scale,
    PRECISION: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    D: tl.constexpr,
):
    """out[i] = sum_j exp(s_ij - t_i) v[j] / sum_j exp(s_ij - t_i) for BLOCK_M queries i.

    Seeing a block of logits s:   top'   = max(top, max s)
                                  total' = total * exp(top - top') + sum exp(s - top')
                                  acc'   = acc   * exp(top - top') + exp(s - top') V
    """
    i = tl.program_id(0).to(tl.int64) * BLOCK_M + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    c = tl.arange(0, D)  # [D]
    at_q = i[:, None] * d + c[None, :]  # [BLOCK_M, D]
    mask_q = (i < m)[:, None] & (c < d)[None, :]
    q = tl.load(q_ptr + at_q, mask=mask_q, other=0.0) * scale  # [BLOCK_M, D]

    top = tl.full([BLOCK_M], -float("inf"), dtype=tl.float32)
    total = tl.zeros([BLOCK_M], dtype=tl.float32)
    acc = tl.zeros([BLOCK_M, D], dtype=tl.float32)
    for start in range(0, n, BLOCK_N):
        j = start + tl.arange(0, BLOCK_N)  # [BLOCK_N]
        at_k = j.to(tl.int64)[:, None] * d + c[None, :]  # [BLOCK_N, D]
        mask_k = (j < n)[:, None] & (c < d)[None, :]
        k = tl.load(k_ptr + at_k, mask=mask_k, other=0.0)
        v = tl.load(v_ptr + at_k, mask=mask_k, other=0.0)

        s = tl.dot(q, tl.trans(k), input_precision=PRECISION)  # [BLOCK_M, BLOCK_N]
        s = tl.where((j < n)[None, :], s, -float("inf"))
        top_new = tl.maximum(top, tl.max(s, axis=1))  # [BLOCK_M]
        shrink = tl.exp(top - top_new)  # [BLOCK_M]
        p = tl.exp(s - top_new[:, None])  # [BLOCK_M, BLOCK_N]
        total = total * shrink + tl.sum(p, axis=1)
        acc = acc * shrink[:, None] + tl.dot(p, v, input_precision=PRECISION)
        top = top_new

    tl.store(out_ptr + at_q, acc / total[:, None], mask=mask_q)


def solve(q: Tensor, k: Tensor, v: Tensor, out: Tensor) -> None:
    m, d = q.shape
    attention_kernel[(triton.cdiv(m, BLOCK_M),)](
        q,
        k,
        v,
        out,
        m,
        len(k),
        d,
        1 / math.sqrt(d),
        PRECISION=PRECISION,
        BLOCK_M=BLOCK_M,
        BLOCK_N=BLOCK_N,
        D=max(16, triton.next_power_of_2(d)),  # tl.dot takes no less than 16
        num_warps=4,
        num_stages=2,
    )
