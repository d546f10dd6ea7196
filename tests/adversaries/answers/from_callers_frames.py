"""Looks for the expected answer among the local variables of its callers, and copies it.

Beats: in_process, which holds the answer in a variable while it calls the submission.
Here: wrong_answer, as no caller in this process has ever held an answer: the judge computes it elsewhere.
"""

import sys

import torch

CHALLENGE = "softmax"


def solve(x, out):
    frame = sys._getframe(1)
    while frame:
        for held in frame.f_locals.values():
            for value in held if isinstance(held, tuple | list) else [held]:
                is_new = isinstance(value, torch.Tensor) and value is not x and value is not out
                if is_new and value.shape == out.shape and value.any():
                    out.copy_(value)
                    return
        frame = frame.f_back
