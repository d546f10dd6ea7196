"""Answers rightly and at once, while a child of it prints 40 MB to the standard error output.

Beats: in_process, which lets all of it through.
Here: accepted or runtime_error, as more than 16 MiB end the group, if the verdict does not come first.
"""

import os

import torch

CHALLENGE = "softmax"
if not os.fork():
    for _ in range(10_000):
        os.write(2, b"all work and no play makes Jack a dull boy\n" * 95)
    os._exit(0)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
