"""A program that sees only -inf computes -inf - (-inf), and its NaN reaches every answer."""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "softmax_vector"


@triton.jit
def pairs_kernel(x_ptr, m_ptr, s_ptr, n, BLOCK: tl.constexpr):
    p = tl.program_id(0)
    i = p * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=-float("inf"))
    m = tl.max(x, axis=0)
    tl.store(m_ptr + p, m)
    tl.store(s_ptr + p, tl.sum(tl.exp(x - m), axis=0))


def solve(x: Tensor, out: Tensor) -> None:
    parts = triton.cdiv(len(x), 256)
    m, s = torch.empty(2, parts, device=x.device)
    pairs_kernel[(parts,)](x, m, s, len(x), BLOCK=256)
    out.copy_((x - m.max()).exp() / (s * (m - m.max()).exp()).sum())
