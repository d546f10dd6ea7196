"""The backward pass computes p again without the causal mask."""

import torch

CHALLENGE = "flash_attention_training"


def solve(q, k, v, d_out, causal, out, dq, dk, dv):
    seq, dim = q.shape[-2:]
    s = q.float() @ k.float().mT * dim**-0.5
    hidden = torch.ones(seq, seq, dtype=torch.bool, device=q.device).triu(1) & causal
    lse = s.masked_fill(hidden, -torch.inf).logsumexp(-1, keepdim=True)
    out.copy_(torch.exp(s - lse).masked_fill(hidden, 0) @ v.float())
    p = torch.exp(s - lse)
    delta = (d_out.float() * out.float()).sum(-1, keepdim=True)
    ds = p * (d_out.float() @ v.float().mT - delta)
    dq.copy_(ds @ k.float() * dim**-0.5)
    dk.copy_(ds.mT @ q.float() * dim**-0.5)
    dv.copy_(p.mT @ d_out.float())
