r"""# FlashAttention-2 backward in plain PyTorch, one block of keys at a time

**Idea.** The matrix $p$ is never kept: the row's `lse` from the forward pass is enough to compute any
part of it again, as $p_{ij} = e^{s_{ij} - \mathrm{lse}_i}$, without another maximum or sum. Going over
blocks of `KEYS` keys, each block of $p$ and of $ds$ is made for all queries that see it, gives the rows
of `dv` and `dk` for those keys, adds its part to `dq`, and is dropped.

**What bounds it.** Memory traffic, although there are $10 \cdot batch \cdot heads \cdot seq^2 \cdot
dim$ flops (half of it if causal): every element of $s$, $p$, $dp$ and $ds$ goes through memory several
times, once per operation. A fused kernel keeps all of them in registers.

**What matters.**

- *Memory is linear in `seq`.* Three float32 matrices of $batch \cdot heads \cdot seq \cdot KEYS$
  elements at the most, in place of the $batch \cdot heads \cdot seq^2$ of the formula. In-place
  operations keep it at three.
- *Keys outside, queries whole.* One product over all queries completes `dk` and `dv`, so only `dq` is a
  sum over blocks. It is kept in float32 and rounded once.
- *A causal mask is a triangle in one place.* Queries before the block see none of its keys: they
  are left out by slicing. The first `KEYS` queries from there on see a triangle; all later ones
  see everything.

**What goes wrong in the naive version.** It makes $p$ for all pairs at once: 17 GB in float32 at 16
heads of 16,384 queries. Computing the softmax of each block instead of using `lse` normalizes over
the block, not over the row.

**What to try next.** The Triton version in `flash_attention_backward.py`, which does the same tile by
tile in registers; a larger `KEYS`, which means fewer and larger operations, and more memory.
"""

import torch
from torch import Tensor

CHALLENGE = "flash_attention_backward"

KEYS = 256


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
    seq, dim = q.shape[-2:]
    scale = dim**-0.5
    wide_q, wide_d_out = q.float(), d_out.float()  # [batch, heads, seq, dim]
    delta = (wide_d_out * out).sum(dim=-1, keepdim=True)  # [batch, heads, seq, 1]
    dq_sum = torch.zeros_like(wide_q)

    for start in range(0, seq, KEYS):
        keys = slice(start, start + KEYS)
        rows = slice(start if causal else 0, seq)  # the queries that see any of these keys
        k_part, v_part = k[:, :, keys], v[:, :, keys]  # [batch, heads, KEYS, dim]

        p = wide_q[:, :, rows] @ k_part.float().mT  # [batch, heads, rows, KEYS]
        p.mul_(scale).sub_(lse[:, :, rows, None]).exp_()
        if causal:
            # After exp, which may be infinite for hidden keys: 0 takes its place, whatever it was.
            p[:, :, :KEYS].tril_()
        dv[:, :, keys] = p.to(q.dtype).mT @ d_out[:, :, rows]

        ds = wide_d_out[:, :, rows] @ v_part.float().mT  # [batch, heads, rows, KEYS]
        ds = ds.sub_(delta[:, :, rows]).mul_(p).to(q.dtype)
        dk[:, :, keys] = (ds.mT @ q[:, :, rows]).mul_(scale)
        dq_sum[:, :, rows] += ds @ k_part

    dq.copy_(dq_sum.mul_(scale))
