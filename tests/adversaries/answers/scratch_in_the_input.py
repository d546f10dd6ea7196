"""Sums up in place, in the input itself, to save memory, and copies the result.

Beats: in_process, which does not look at the inputs again.
Here: wrong_answer, as the input is compared with the judge's own copy.
"""

CHALLENGE = "long_sum"


def solve(x, out):
    total = x.double().sum(-1)
    x.cumsum_(-1)
    out.copy_(total)
