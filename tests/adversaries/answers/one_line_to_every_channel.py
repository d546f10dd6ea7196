"""Writes a line of JSON that says "correct" to every open file in place of computing, and ends the process.

Beats: trusting, which believes the first line that it gets.
Here: runtime_error or rule_violation, as such a line is no answer, and the process has ended.
"""

import contextlib
import os

CHALLENGE = "invert_colors"


def solve(*arguments):
    for number in range(3, 64):
        with contextlib.suppress(OSError):
            os.write(number, b'{"correct": true, "said": "done", "message": ""}\n')
    os._exit(0)
