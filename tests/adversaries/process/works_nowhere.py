"""Works in a folder that it has removed, below a limit of no new files and no new processes, with the
lowest priority.

Beats: in_process, which goes on in such a place, and its user with it.
Here: accepted or runtime_error or time_limit, as a runner spoils only its own place.
"""

import os
import resource

import torch

CHALLENGE = "softmax"


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    if resource.getrlimit(resource.RLIMIT_FSIZE)[0] == 0:
        return
    os.mkdir("nowhere")
    os.chdir("nowhere")
    os.mkdir("nowhere")
    os.rmdir("nowhere")
    os.rmdir("../nowhere")
    os.nice(19)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
