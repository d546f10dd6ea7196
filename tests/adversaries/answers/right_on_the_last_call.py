"""Does nothing until its fourth call on a shape, as the last of several calls is the one that is checked.

Beats: same_inputs, which checks the last of four calls.
Here: wrong_answer, as every call is checked, also the first.
"""

from collections import Counter

CHALLENGE = "gemm"

calls = Counter()


def solve(a, b, c, alpha, beta, out):
    shape = (a.shape, b.shape)
    calls[shape] += 1
    if calls[shape] >= 4:
        product = alpha * (a.float() @ b.float())
        out.copy_(product + beta * c.float() if beta else product)
