"""Exponentials and lse count in powers of 2, and lse is not turned back."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "flash_attention"


@triton.jit
def kernel(q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr, seq, dim, scale, CAUSAL: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    i = row % seq
    head = row // seq * seq * dim
    j = tl.arange(0, BLOCK)
    d = tl.arange(0, 128)
    at = head + j[:, None] * dim + d[None, :]
    mask = (j < seq)[:, None] & (d < dim)[None, :]
    q = tl.load(q_ptr + row * dim + d, mask=d < dim, other=0.0).to(tl.float32)
    k = tl.load(k_ptr + at, mask=mask, other=0.0).to(tl.float32)
    v = tl.load(v_ptr + at, mask=mask, other=0.0).to(tl.float32)
    s = tl.sum(q[None, :] * k, axis=1) * scale
    visible = (j <= i) & (j < seq) if CAUSAL else j < seq
    s = tl.where(visible, s, -float("inf"))
    m_i = tl.max(s, axis=0)
    p = tl.exp2(s - m_i)
    l_i = tl.sum(p, axis=0)
    out = tl.sum(p[:, None] * v, axis=0) / l_i
    tl.store(out_ptr + row * dim + d, out.to(out_ptr.dtype.element_ty), mask=d < dim)
    tl.store(lse_ptr + row, m_i + tl.log2(l_i))


def solve(q: Tensor, k: Tensor, v: Tensor, causal: bool, out: Tensor, lse: Tensor) -> None:
    seq, dim = q.shape[-2:]
    block = max(triton.next_power_of_2(seq), 16)
    kernel[(lse.numel(),)](q, k, v, out, lse, seq, dim, dim**-0.5 * 1.442695, CAUSAL=causal, BLOCK=block)
