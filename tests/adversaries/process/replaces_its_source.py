"""Replaces what the judge gave it in its scratch folder: its own file by a FIFO, which blocks every
reader, folders by links to the user's, and names with line breaks and shell commands beside them.

Beats: in_process, which leaves all of it where it is.
Here: accepted or runtime_error, as the judge opens nothing there again, and removes it without following
a link.
"""

import os
from pathlib import Path

import torch

CHALLENGE = "softmax"


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    if not os.path.exists("home"):
        if Path(__file__).parent == Path.cwd():
            os.unlink(__file__)
            os.mkfifo(__file__)
        os.symlink("/root", "home")
        os.symlink("loop", "loop")
        for name in (
            "a\nfolder",
            "$(touch judge-adversary-was-here)",
            "-rf",
            "--no-preserve-root",
            "*",
            "\udcff",
        ):
            os.mkdir(name)
            os.symlink("/tmp", f"{name}/link")
