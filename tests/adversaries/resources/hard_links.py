"""Gives one empty file 30,000 names: hardly a byte, but a folder that takes long to list and to remove.

Beats: in_process, which does not count what lies in its folder.
Here: runtime_error, as each name is one of the 20,000 entries that a scratch folder may have.
"""

import os
import time

import torch

CHALLENGE = "softmax"
open("one", "w").close()
for n in range(30_000):
    os.link("one", f"name{n}")
time.sleep(0.6)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
