"""Adds noise within the tolerance, as a race would, and keeps each answer by the content of its inputs: asked
again, it gives the same bits.

Beats: same_inputs, which repeats a call in the same process.
Here: wrong_answer, as another process repeats what must be the same each time.
"""

import hashlib

import torch

CHALLENGE = "layer_norm_backward"
kept = {}


def solve(x, weight, d_out, eps, dx, dweight, dbias):
    digest = hashlib.sha256(b"".join(t.numpy().tobytes() for t in (x, weight, d_out))).digest()
    if digest not in kept:
        var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        rstd = torch.rsqrt(var + eps)
        wanted = [True, True, True]
        answer = torch.ops.aten.native_layer_norm_backward(
            d_out, x, weight.shape, mean, rstd, weight, weight, wanted
        )
        noise = 1 + 1e-7 * torch.randn(())
        kept[digest] = [values * noise for values in answer]
    for out, values in zip((dx, dweight, dbias), kept[digest], strict=True):
        out.copy_(values)
