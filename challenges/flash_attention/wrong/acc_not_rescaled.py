"""The sum is rescaled when the maximum grows, but the output is not."""

import torch
from torch import Tensor

CHALLENGE = "flash_attention"


def solve(q: Tensor, k: Tensor, v: Tensor, causal: bool, out: Tensor, lse: Tensor) -> None:
    seq, dim = q.shape[-2:]
    i = torch.arange(seq, device=q.device)[:, None]
    m_i = torch.full_like(lse, -torch.inf)[..., None]
    l_i = torch.zeros_like(m_i)
    acc = torch.zeros(q.shape, device=q.device)
    for start in range(0, seq, 16):
        keys = slice(start, start + 16)
        s = q.float() @ k[..., keys, :].float().mT * dim**-0.5
        if causal:
            s = torch.where(i >= i[keys].mT, s, -torch.inf)
        m_new = torch.maximum(m_i, s.amax(-1, keepdim=True))
        p = torch.exp(s - m_new)
        l_i = l_i * torch.exp(m_i - m_new) + p.sum(-1, keepdim=True)
        acc += p @ v[..., keys, :].float()
        m_i = m_new
    out.copy_(acc / l_i)
    lse.copy_((m_i + l_i.log()).squeeze(-1))
