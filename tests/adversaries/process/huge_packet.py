"""Forges an answer of 190 kB, more than a message may have: its beginning alone is no JSON, its whole
says "done".

Beats: trusting, which reads a line of any length.
Here: rule_violation, as of a packet only the size of a message is read.
"""

import contextlib
import os
import stat
import time

CHALLENGE = "softmax"


def solve(x, out):
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):
                os.write(descriptor, b'{"said": "done", "correct": true, "x": "' + b"x" * 190_000 + b'"}\n')
    time.sleep(1)
