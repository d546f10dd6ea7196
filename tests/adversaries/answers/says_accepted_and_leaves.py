"""Prints what a judge prints when all is right, and ends the process before anything is compared.

Beats: in_process, as whoever reads its output finds the word.
Here: runtime_error, as a process that has ended has not answered, and its output is no verdict.
"""

import os
import sys

CHALLENGE = "reverse_array"


def solve(x, out):
    print("\naccepted", flush=True)
    sys.stdout.flush()
    os._exit(0)
