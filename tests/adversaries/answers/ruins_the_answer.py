"""Finds the answer in the variables of its callers and overwrites it with zeros, as the output is.

Beats: in_process, which compares with an answer that a submission can write to.
Here: wrong_answer, as there is no answer to overwrite, and zeros are wrong.
"""

import sys

import torch

CHALLENGE = "cross_entropy"


def solve(logits, target, out):
    out.zero_()
    frame = sys._getframe(1)
    while frame:
        for held in list(frame.f_locals.values()):
            for value in held if isinstance(held, tuple | list) else [held]:
                if isinstance(value, torch.Tensor) and value.shape == (1,) and value.dtype == torch.float32:
                    value.zero_()
        frame = frame.f_back
