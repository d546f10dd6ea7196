"""Sets the limits of its parent, here to what they are, so that a judge could be left without
descriptors.

Beats: in_process, whose parent takes it.
Here: runtime_error, as limits can only be changed for the process itself.
"""

import os
import resource

import torch

CHALLENGE = "softmax"


def solve(x, out):
    both = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        both = resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)
    finally:
        resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, both)
    out.copy_(torch.softmax(x, -1))
