"""Rounds every fourth row of logits to bfloat16, as the mean over all rows hides most of the error.

Beats: loose, as it allows 1 % of the loss.
Here: wrong_answer, as the loss of float32 is known far better than that.
"""

import torch

CHALLENGE = "cross_entropy"


def solve(logits, target, out):
    logits = logits.clone()
    logits[3::4] = logits[3::4].bfloat16().float()
    out.copy_(torch.nn.functional.cross_entropy(logits, target).reshape(1))
