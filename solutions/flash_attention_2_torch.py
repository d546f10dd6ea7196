r"""# Flash attention 2 in plain PyTorch

**Idea.** The same two loops as in `flash_attention_2.py`, over tiles of queries and, inside, over
tiles of keys, but each line is an operation of PyTorch on all heads at once. It is the algorithm
without the GPU's details: to read, to debug a kernel against, and to run where memory for `seq` x
`seq` scores is lacking.

**The recurrence.** Of the scores $s_j$ that a query has seen there remain (as `m_i`, `l_i` and
`acc`) $m = \max_j s_j$, $l = \sum_j e^{s_j - m}$ and $acc = \sum_j e^{s_j - m} v_j$. With a new
tile of scores $S$ and values $V$ follow

$$m' = \max(m, \max_j S_j), \quad P_j = e^{S_j - m'}, \quad \alpha = e^{m - m'},$$
$$l' = \alpha l + \sum_j P_j, \qquad acc' = \alpha \, acc + P V,$$

because $e^{s_j - m'} = \alpha \, e^{s_j - m}$ for every old term. In the end $out = acc / l$ and
$lse = m + \ln l$. A backward pass needs no more than `lse`: the weight of key $j$ is $e^{s_j -
lse}$.

**What bounds it.** Memory traffic, which fusion would have spared: each of the $seq^2$ scores (half
if causal) is written and read by several operations in a row, 4 bytes each time. The flops are the
same $4 \cdot batch \cdot heads \cdot seq^2 \cdot dim$, half if causal. What is gained over plain
attention is space: the largest temporary has `batch * heads * tile * tile` elements, whatever `seq`
is.

**What matters.**

- *The size of a tile.* The number of operations grows with $(seq / tile)^2$, and each is a launch.
  Temporaries grow with $tile^2$. A budget of elements decides: few heads get large tiles, many
  heads small ones, and short sequences one tile.
- *Causality by tiles.* Tiles above the diagonal are not visited, tiles below it need no mask. Only
  those on the diagonal do; as queries and keys have the same tiles, their mask is always the same
  triangle.
- *Products with a float32 result.* `a @ b` of bf16 is rounded to bf16: a score of 30 would be off
  by up to $0.06$, its weight by 6 %. On a GPU `torch.bmm(..., out_dtype=torch.float32)` multiplies
  fp16 and bf16 on tensor cores and gives the sum as it is. Elsewhere both factors are widened
  first.

**What goes wrong in the naive version.** To rescale $l$ and forget $acc$; to take the maximum of
the tile instead of the running one as $m'$, so that a later, smaller maximum makes $\alpha$
overflow.

**What to try next.** `torch.compile` joins the elementwise operations between two products. What no
compiler of single operations does is keeping $S$ in registers between the products: that takes a
kernel.
"""

import math

import torch
from torch import Tensor

CHALLENGE = "flash_attention"

BUDGET = 1 << 26  # scores held at once, all heads together
SMALLEST, LARGEST = 64, 2048


def solve(q: Tensor, k: Tensor, v: Tensor, causal: bool, out: Tensor, lse: Tensor) -> None:
    batch, heads, seq, dim = q.shape
    pairs = batch * heads
    scale = 1 / math.sqrt(dim)
    size = min(tile(pairs), seq)
    q, k, v, out = (x.view(pairs, seq, dim) for x in (q, k, v, out))
    lse = lse.view(pairs, seq)
    above = torch.ones(size, size, dtype=torch.bool, device=q.device).triu_(1)

    for first in range(0, seq, size):
        q_tile = q[:, first : first + size]  # [pairs, rows, dim]
        rows = q_tile.shape[1]
        m_i = torch.full((pairs, rows, 1), -torch.inf, device=q.device)
        l_i = torch.zeros(pairs, rows, 1, device=q.device)
        acc = torch.zeros(pairs, rows, dim, device=q.device)

        for start in range(0, first + 1 if causal else seq, size):
            k_tile = k[:, start : start + size]  # [pairs, columns, dim]
            v_tile = v[:, start : start + size]
            s = product(q_tile, k_tile.mT).mul_(scale)  # [pairs, rows, columns]
            if causal and start == first:
                s.masked_fill_(above[:rows, :rows], -torch.inf)

            m_new = torch.maximum(m_i, s.amax(-1, keepdim=True))
            p = s.sub_(m_new).exp_()
            alpha = m_i.sub_(m_new).exp_()
            l_i = l_i.mul_(alpha).add_(p.sum(-1, keepdim=True))
            acc = acc.mul_(alpha).add_(product(p.to(v.dtype), v_tile))
            m_i = m_new

        out[:, first : first + size] = acc.div_(l_i)
        lse[:, first : first + size] = m_i.add_(l_i.log_()).squeeze(-1)


def product(a: Tensor, b: Tensor) -> Tensor:
    """a @ b in float32, not rounded to the dtype of a and b."""
    if a.is_cuda and a.dtype != torch.float32:
        return torch.bmm(a, b, out_dtype=torch.float32)
    return a.float() @ b.float()


def tile(pairs: int) -> int:
    """Queries and keys of a tile: the power of two that keeps pairs * tile * tile within the budget."""
    size = math.isqrt(BUDGET // pairs)
    return min(max(1 << max(size.bit_length() - 1, 0), SMALLEST), LARGEST)
