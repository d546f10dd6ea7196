"""Writes a file without a name where it may, and then gives it a name where it may not.

Beats: in_process, which confines no file.
Here: runtime_error, as a link across the border of the scratch folder is refused.
"""

import os

import torch

CHALLENGE = "softmax"


def solve(x, out):
    if not os.path.exists("/tmp/judge-adversary-was-here"):
        file = os.open(".", os.O_TMPFILE | os.O_WRONLY)
        os.link(f"/proc/self/fd/{file}", "/tmp/judge-adversary-was-here", src_dir_fd=file)
        os.unlink("/tmp/judge-adversary-was-here")
    out.copy_(torch.softmax(x, -1))
