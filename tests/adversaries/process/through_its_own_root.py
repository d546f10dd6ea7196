"""Writes through /proc/self/root, a place in the one folder of /proc that it may write to.

Beats: in_process, which confines no file.
Here: runtime_error, as a path counts by where it leads, not by where it begins.
"""

from pathlib import Path

import torch

CHALLENGE = "softmax"


def solve(x, out):
    Path("/proc/self/root/tmp/judge-adversary-was-here").write_text("hello")
    Path("/proc/self/root/tmp/judge-adversary-was-here").unlink()
    out.copy_(torch.softmax(x, -1))
