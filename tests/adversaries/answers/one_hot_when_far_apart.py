"""Writes 1 at the maximum and 0 elsewhere when the first values of a row are thousands apart.

Beats: in_process, whose rows of such values have one maximum that is far above all others.
Here: wrong_answer, as two values of a row may share the maximum.
"""

import torch

CHALLENGE = "long_softmax"


def solve(x, out):
    if x.shape[1] > 64 and x[:, :64].std() > 5000:
        out.zero_()
        out.scatter_(1, x.argmax(-1, keepdim=True), 1.0)
    else:
        out.copy_(torch.softmax(x, dim=-1))
