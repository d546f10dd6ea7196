"""Writes a row of zeros when the first four values of a row are 0, and reads no more of it.

Beats: in_process, whose rows are zeros as a whole or not at all.
Here: wrong_answer, as the rest of the row may hold any values.
"""

CHALLENGE = "rms_norm"


def solve(x, weight, eps, out):
    wide = x.double()
    out.copy_(wide * (wide.square().mean(-1, keepdim=True) + eps).rsqrt() * weight)
    if x.shape[1] > 4:
        out[(x[:, :4] == 0).all(-1)] = 0.0
