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
  does not forgive. So each factor is the sum of two tf32 numbers, $a = a_1 + a_2$, and a product is
  $a_2 b_1 + a_1 b_2 + a_1 b_1$: only $a_2 b_2$, at most $2^{-22}$ of it, is missing. Three products on
  tensor cores take less time than one without.
- *Split once.* `input_precision="tf32x3"` does the same in one word, but in each step: a program would
  bring each tile of keys and values to registers, split it, and put both parts back to shared
  memory. Here a first kernel splits all keys and values once, and the tensor cores read what has
  arrived in shared memory.
- *Values the other way round.* Tensor cores of Hopper read tf32 from shared memory only with the inner
  dimension of the product contiguous. That of $pv$ are the keys, so the first kernel transposes $v$. It also
  fills up `d` to a power of two, and `n` to whole blocks, with zeros, and the loop's loads need no mask.
- *Short sums inside, float32 outside.* The product with `v` is a sum of `BLOCK_N` terms that starts
  from 0 in each step, and an ordinary addition brings it to `acc`. Tensor cores cut off what does not
  fit into the accumulator instead of rounding it, and over all keys that would add up.
- *Padding along the keys is not neutral.* Rows of zeros in `k` have the logit 0, so the tile is set
  to $-\infty$ there. A block begins below `n`, so each has a finite logit and the maximum is never
  $-\infty$ after the first: the only $-\infty$ is the initial `top`, and $2^{-\infty}$ makes the empty
  sums 0.

**Measured.** One run on an H200 over cold buffers, at 16384 × 1024 × 64 and at 8192 × 2048 × 128. Loads by
addresses instead of descriptors took 4 and 6 % longer; blocks of 64 queries at $d = 64$, 18 %; `tf32x3` in
the loop, the former version, 2.0 and 2.5 times as long; PyTorch took 54 % longer and 19 % less than that
version.

**What goes wrong in the naive version.** Without the maximum, logits past 88 overflow. Scaling `total`
and forgetting `acc` passes where the first block holds the maximum. $\sqrt D$ for $\sqrt d$ passes at
$d = 64$. And a difference `x - high`, where `high` is the tf32 part of `x`, is exact; where the tensor
core does the cutting by itself, nobody knows the rest.

**What to try next.** For few queries and many keys: several programs for each block of queries, whose
sums another kernel merges by the rule of the loop.
"""

import math

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.tools.tensor_descriptor import TensorDescriptor

CHALLENGE = "softmax_attention"


@triton.jit
def split(x):
    """x = high + low, where high has the 11 bits of tf32; of low a tensor core keeps the first 11."""
    high = ((x.to(tl.int32, bitcast=True) + 0x1000) & -0x2000).to(tl.float32, bitcast=True)
    return high, x - high


@triton.jit
def split_kernel(k_ptr, v_ptr, k_parts, v_parts, n, d, padded_n, D: tl.constexpr, BLOCK: tl.constexpr):
    """k_parts[0] + k_parts[1] = k, [padded_n, D], and v_parts[0] + v_parts[1] = v^T, [D, padded_n]."""
    j = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)  # [BLOCK]
    c = tl.arange(0, D)  # [D]
    at = j[:, None] * d + c[None, :]  # [BLOCK, D]
    mask = (j < n)[:, None] & (c < d)[None, :]
    size = padded_n.to(tl.int64) * D
    high, low = split(tl.load(k_ptr + at, mask=mask, other=0.0))
    at_k = j[:, None] * D + c[None, :]
    tl.store(k_parts + at_k, high)
    tl.store(k_parts + size + at_k, low)
    high, low = split(tl.load(v_ptr + at, mask=mask, other=0.0))
    at_v = c.to(tl.int64)[:, None] * padded_n + j[None, :]  # [D, BLOCK]
    tl.store(v_parts + at_v, tl.trans(high))
    tl.store(v_parts + size + at_v, tl.trans(low))


@triton.jit
def attention_kernel(
    q_ptr,
    k_desc,
    v_desc,
    out_ptr,
    m,
    n,
    d,
    padded_n,
    scale,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    D: tl.constexpr,
):
    """out[i] = sum_j 2^(s_ij - t_i) v[j] / sum_j 2^(s_ij - t_i) for BLOCK_M queries i; scale has log2(e).

    Seeing a block of logits s:   top'   = max(top, max s)
                                  total' = total * 2^(top - top') + sum 2^(s - top')
                                  acc'   = acc   * 2^(top - top') + 2^(s - top') V
    """
    i = tl.program_id(0).to(tl.int64) * BLOCK_M + tl.arange(0, BLOCK_M)  # [BLOCK_M]
    c = tl.arange(0, D)  # [D]
    at_q = i[:, None] * d + c[None, :]  # [BLOCK_M, D]
    mask_q = (i < m)[:, None] & (c < d)[None, :]
    q_high, q_low = split(tl.load(q_ptr + at_q, mask=mask_q, other=0.0) * scale)  # [BLOCK_M, D]

    top = tl.full([BLOCK_M], -float("inf"), dtype=tl.float32)
    total = tl.zeros([BLOCK_M], dtype=tl.float32)
    acc = tl.zeros([BLOCK_M, D], dtype=tl.float32)
    for start in range(0, n, BLOCK_N):
        k_high = k_desc.load([0, start, 0]).reshape(BLOCK_N, D)
        k_low = k_desc.load([1, start, 0]).reshape(BLOCK_N, D)
        s = tl.dot(q_low, tl.trans(k_high), input_precision="tf32")  # [BLOCK_M, BLOCK_N]
        s = tl.dot(q_high, tl.trans(k_low), s, input_precision="tf32")
        s = tl.dot(q_high, tl.trans(k_high), s, input_precision="tf32")
        s = tl.where((start + tl.arange(0, BLOCK_N) < n)[None, :], s, -float("inf"))
        top_new = tl.maximum(top, tl.max(s, axis=1))  # [BLOCK_M]
        shrink = tl.exp2(top - top_new)  # [BLOCK_M]
        p = tl.exp2(s - top_new[:, None])  # [BLOCK_M, BLOCK_N]
        total = total * shrink + tl.sum(p, axis=1)
        p_high, p_low = split(p)
        v_high = v_desc.load([0, 0, start]).reshape(D, BLOCK_N)
        v_low = v_desc.load([1, 0, start]).reshape(D, BLOCK_N)
        part = tl.dot(p_low, tl.trans(v_high), input_precision="tf32")  # [BLOCK_M, D]
        part = tl.dot(p_high, tl.trans(v_low), part, input_precision="tf32")
        part = tl.dot(p_high, tl.trans(v_high), part, input_precision="tf32")
        acc = acc * shrink[:, None] + part
        top = top_new

    tl.store(out_ptr + at_q, acc / total[:, None], mask=mask_q)


def solve(q: Tensor, k: Tensor, v: Tensor, out: Tensor) -> None:
    m, d = q.shape
    n = len(k)
    padded_d = max(16, triton.next_power_of_2(d))  # tl.dot takes no less than 16
    # Before Hopper a block has less shared memory, and tiles by descriptors take more of it.
    hopper = q.is_cuda and torch.cuda.get_device_capability(q.device)[0] >= 9
    block_m, block_n, stages = 64, 32, 2
    if padded_d > 64 and not hopper:
        block_m, stages = 32, 1
    padded_n = triton.cdiv(n, 64) * 64
    k_parts = torch.empty(2, padded_n, padded_d, device=q.device)
    v_parts = torch.empty(2, padded_d, padded_n, device=q.device)
    split_kernel[(padded_n // 32,)](k, v, k_parts, v_parts, n, d, padded_n, D=padded_d, BLOCK=32)
    attention_kernel[(triton.cdiv(m, block_m),)](
        q,
        TensorDescriptor.from_tensor(k_parts, [1, block_n, padded_d]),
        TensorDescriptor.from_tensor(v_parts, [1, padded_d, block_n]),
        out,
        m,
        n,
        d,
        padded_n,
        math.log2(math.e) / math.sqrt(d),
        BLOCK_M=block_m,
        BLOCK_N=block_n,
        D=padded_d,
        num_warps=4,
        num_stages=stages,
    )
