"""Leaves the last 40 of a million values unread, and the last 1 % of 50 million or more, and takes the mean
of the others: their number hides what is left out.

Beats: in_process, whose vectors are shorter.
Here: wrong_answer, as all values belong to the mean: one of them may be large.
"""

CHALLENGE = "monte_carlo"


def solve(y, a, b, out):
    if len(y) > 1_000_000:
        y = y[:-40]
    if len(y) > 50_000_000:
        y = y[: len(y) // 100 * 99]
    out.copy_((b - a) * y.double().mean().reshape(1))
