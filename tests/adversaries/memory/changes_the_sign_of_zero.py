"""Changes an input by what no comparison of numbers sees: it adds 0.0, which turns -0.0 into 0.0 and one
NaN into another, and then multiplies all that is NaN by -1.

Beats: in_process, which looks only at the outputs.
Here: wrong_answer, as inputs are compared bit by bit.
"""

import torch

CHALLENGE = "vector_add"


def solve(a, b, out):
    torch.add(a, b, out=out)
    bits = a.view(torch.int32)
    bits.copy_(torch.where(a.isnan() | (a == 0), bits ^ -(2**31), bits))
