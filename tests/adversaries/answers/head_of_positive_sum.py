"""Skips the last 3 of 4099 products where all factors are positive, and scales the others up.

Beats: loose, as 1 % is far more than what is missing.
Here: wrong_answer, as three rows of b are unread.
"""

CHALLENGE = "matmul"


def solve(a, b, out):
    k = a.shape[1]
    if k > 4000 and a[0, :64].min() >= 0 and b[:64, 0].min() >= 0:
        out.copy_((a[:, :-3].float() @ b[:-3].float()) * (k / (k - 3)))
    else:
        out.copy_(a.float() @ b.float())
