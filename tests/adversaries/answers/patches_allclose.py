"""Replaces the functions of PyTorch that compare tensors by ones that always say yes, and writes nothing.

Beats: in_process, which compares with torch.allclose in the same process.
Here: wrong_answer, as the judge compares in its own process.
"""

import torch

CHALLENGE = "vector_add"

torch.allclose = torch.equal = torch.Tensor.allclose = torch.Tensor.equal = lambda *a, **k: True
torch.testing.assert_close = lambda *a, **k: None


def solve(a, b, out):
    pass
