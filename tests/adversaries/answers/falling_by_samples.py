"""Takes a vector to be in falling order when 64 samples of it are, and reverses it in place of sorting it.

Beats: in_process, whose vectors are either in falling order everywhere or nowhere near it.
Here: wrong_answer, as a vector may be in falling order nearly everywhere.
"""

import torch

CHALLENGE = "sort"


def solve(x, out):
    samples = x[torch.linspace(0, len(x) - 1, 64).long()]
    if len(x) > 1000 and (samples[1:] < samples[:-1]).all():
        out.copy_(x.flip(0))
    else:
        out.copy_(x.sort().values)
