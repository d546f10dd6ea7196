"""Looks at the first 100 values only: if they are all the same, it takes all others to be the same too.

Beats: in_process, whose vectors begin with 100 equal values only if they are equal to the end.
Here: wrong_answer, as a vector may begin with 100 equal values and go on with others.
"""

import torch

CHALLENGE = "histogram"


def solve(x, bins, out):
    if len(x) > 100 and (x[:100] == x[0]).all():
        out.zero_()
        out[x[0]] = len(x)
    else:
        out.copy_(torch.bincount(x, minlength=bins))
