"""Reads the memory of its parent at addresses that the parent's own map tells: there could be answers.

Beats: in_process, whose parent lies open.
Here: runtime_error, as neither the map nor the memory of another process can be opened.
"""

import os
from pathlib import Path

import torch

CHALLENGE = "softmax"


def solve(x, out):
    parent = Path(f"/proc/{os.getppid()}")
    start = next(line for line in (parent / "maps").read_text().splitlines() if " rw-p " in line).partition(
        "-"
    )[0]
    with (parent / "mem").open("rb", buffering=0) as memory:
        memory.seek(int(start, 16))
        assert memory.read(64)
    out.copy_(torch.softmax(x, -1))
