"""Allocates tensors without filling them, and takes one in which each row adds up to 1: an answer that was
freed. The first values of a block are lost, so it computes them.

Beats: reused_buffer, as an answer has just been freed, and another one is in the output.
Here: wrong_answer, as no answer was ever allocated in this process.
"""

import torch

CHALLENGE = "softmax"


def solve(x, out):
    for found in [torch.empty_like(out) for _ in range(64)]:
        sums = found[1:].sum(-1)
        if len(found) > 2 and found.min() >= 0 and (sums - 1).abs().max() < 1e-4:
            out.copy_(found)
            break
    out[:1] = torch.softmax(x[:1], dim=-1)
