"""Returns at once, and has a child compute the answer into the shared memory a moment later.

Beats: -, as no naive judge shares memory with another process, or has a clock.
Here: wrong_answer, as the whole group is stopped when the answer comes, and later writes are not seen.
"""

import os
import time

import torch

CHALLENGE = "softmax"


def solve(x, out):
    if not os.fork():
        time.sleep(0.05)
        out.copy_(torch.softmax(x, -1))
        os._exit(0)
