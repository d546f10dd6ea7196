"""Makes out a view of memory of its own, in which the right answer is.

Beats: in_process, which looks at the tensor and not at the memory that it gave.
Here: wrong_answer, as the memory of the judge still holds its poison.
"""

import torch

CHALLENGE = "softmax"


def solve(x, out):
    out.set_(torch.softmax(x, -1))
