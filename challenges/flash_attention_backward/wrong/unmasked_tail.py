"""dq takes in keys past the end: they are zeros, but p = exp(0 - lse) may be infinite, and inf * 0 is NaN."""

import torch
from torch.nn.functional import pad

CHALLENGE = "flash_attention_backward"

BLOCK = 16


def solve(q, k, v, out, lse, d_out, causal, dq, dk, dv):
    seq, dim = q.shape[-2:]
    scale = dim**-0.5
    keys, values = (pad(x.float(), (0, 0, 0, -seq % BLOCK)) for x in (k, v))  # whole blocks of keys
    p = torch.exp(q.float() @ keys.mT * scale - lse[..., None])
    if causal:
        p.tril_()
    delta = (d_out.float() * out.float()).sum(-1, keepdim=True)
    ds = p * (d_out.float() @ values.mT - delta)
    dq.copy_(ds @ keys * scale)
    dk.copy_(ds[..., :seq].mT @ q.float() * scale)
    dv.copy_(p[..., :seq].mT @ d_out.float())
