"""Prints a verdict of its own, with a rank and in colour, on both outputs, and ends the process with exit
code 0 before another verdict can be printed.

Beats: in_process, whose reader sees only what was printed first.
Here: runtime_error, with what was printed shown as the submission's, without colours.
"""

import os

CHALLENGE = "softmax"


def solve(x, out):
    for output in (1, 2):
        os.write(
            output, b"\naccepted\n\n  \x1b[32;1maccepted\x1b[0m      rank 1 of 1 on NVIDIA H200\n\x1b[8m"
        )
    os._exit(0)
