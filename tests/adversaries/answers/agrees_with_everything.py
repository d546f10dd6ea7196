"""Turns the output into a tensor of a class whose operations all say that two tensors are the same.

Beats: in_process, which asks the output itself.
Here: wrong_answer, as only the bytes of the output reach the judge.
"""

import torch

CHALLENGE = "matrix_transpose"


class Agreeing(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function in (torch.allclose, torch.equal):
            return True
        return args[0]


def solve(x, out):
    out.__class__ = Agreeing
