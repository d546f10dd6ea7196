"""Asks the garbage collector for all tensors and copies one that has the right shape and sums to 1.

Beats: in_process, whose answer is an object of the same process.
Here: wrong_answer, as the garbage collector of this process knows no answer.
"""

import gc

import torch

CHALLENGE = "softmax_vector"


def solve(x, out):
    for each in gc.get_objects():
        if type(each) is torch.Tensor and each.shape == out.shape and each is not out and each is not x:
            total = float(each.double().sum())
            if abs(total - 1) < 1e-3 or total != total:
                out.copy_(each)
                return
