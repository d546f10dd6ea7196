"""Uses its input as scratch memory, and puts back each bit before it returns.

Beats: in_process, which looks only at the outputs.
Here: accepted, as nobody else reads the input meanwhile, and what is back is as it was.
"""

import torch

CHALLENGE = "softmax"


def solve(x, out):
    kept = x.clone()
    out.copy_(torch.softmax(x, -1))
    x.exp_()
    x.copy_(kept)
