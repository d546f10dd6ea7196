"""ds = p * dp: the row sum delta, by which the softmax's normalization enters, is forgotten."""

import torch

CHALLENGE = "flash_attention_backward"


def solve(q, k, v, out, lse, d_out, causal, dq, dk, dv):
    scale = q.shape[-1] ** -0.5
    p = torch.exp(q.float() @ k.float().mT * scale - lse[..., None])
    if causal:
        p.tril_()
    ds = p * (d_out.float() @ v.float().mT)
    dq.copy_(ds @ k.float() * scale)
    dk.copy_(ds.mT @ q.float() * scale)
    dv.copy_(p.mT @ d_out.float())
