"""Writes zeros without reading when the first 16 values are far below 0.

Beats: in_process, whose vectors lie far below 0 as a whole or not at all.
Here: wrong_answer, as the values that it does not read may be positive.
"""

CHALLENGE = "relu"


def solve(x, out):
    if len(x) > 16 and (x[:16] < -30.0).all():
        out.zero_()
    else:
        out.copy_(x.relu())
