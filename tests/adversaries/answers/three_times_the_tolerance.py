"""Adds three times the tolerance that is usual for float32 to every second element, and takes it away from
the others, so that sums stay right.

Beats: in_process, whose tolerance is larger than the usual one.
Here: wrong_answer, as each element must be within the tolerance.
"""

import torch

CHALLENGE = "matrix_add"


def solve(a, b, out):
    right = a + b
    sign = torch.ones_like(right).view(-1)
    sign[1::2] = -1.0
    out.copy_(right + 3 * sign.view(right.shape) * (2e-6 + 1.3e-6 * right.nan_to_num(0, 0, 0).abs()))
