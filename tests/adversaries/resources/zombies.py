"""Lets 300 children end and never asks for how they ended: they use up numbers of processes, and nothing
else.

Beats: in_process, which counts no processes.
Here: runtime_error, as the dead count too among the 256 processes of a group.
"""

import os
import time

import torch

CHALLENGE = "softmax"
for _ in range(300):
    if not os.fork():
        os._exit(0)
time.sleep(1)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
