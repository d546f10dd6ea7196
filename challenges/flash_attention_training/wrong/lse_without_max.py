"""lse = log(l) lacks the row's maximum, so the p of the backward pass does not sum to 1."""

import torch

CHALLENGE = "flash_attention_training"


def solve(q, k, v, d_out, causal, out, dq, dk, dv):
    seq, dim = q.shape[-2:]
    s = q.float() @ k.float().mT * dim**-0.5
    if causal:
        s.masked_fill_(torch.ones(seq, seq, dtype=torch.bool, device=q.device).triu(1), -torch.inf)
    p = torch.exp(s - s.amax(-1, keepdim=True))
    sums = p.sum(-1, keepdim=True)
    out.copy_(p / sums @ v.float())
    lse = sums.log()
    p = torch.exp(s - lse)
    delta = (d_out.float() * out.float()).sum(-1, keepdim=True)
    ds = p * (d_out.float() @ v.float().mT - delta)
    dq.copy_(ds @ k.float() * dim**-0.5)
    dk.copy_(ds.mT @ q.float() * dim**-0.5)
    dv.copy_(p.mT @ d_out.float())
