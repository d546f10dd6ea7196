"""Exchanges its two inputs, of which the sum stays what it was.

Beats: in_process, which looks only at the outputs.
Here: wrong_answer, as each input is compared by itself.
"""

import torch

CHALLENGE = "vector_add"


def solve(a, b, out):
    kept = a.clone()
    a.copy_(b)
    b.copy_(kept)
    torch.add(a, b, out=out)
