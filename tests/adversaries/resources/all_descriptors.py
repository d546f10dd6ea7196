"""Opens descriptors up to the limit, so that the next memory that the judge sends finds no room: the
runner then maps memory of its own instead.

Beats: in_process, which never needs a descriptor for its tensors.
Here: wrong_answer or runtime_error, as nothing is ever written where the judge looks.
"""

import contextlib
import os

import torch

CHALLENGE = "softmax"


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    with contextlib.suppress(OSError):
        while True:
            os.eventfd(0)
