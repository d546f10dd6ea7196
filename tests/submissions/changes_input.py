"""Is right, and uses x as its scratch memory."""

import torch


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    x.exp_()
