"""Sends the answers to its next ten requests at once, and returns without having computed anything.

Beats: trusting, which believes the first line that it reads.
Here: rule_violation or wrong_answer, as nothing may be sent unasked, and an answer is no evidence.
"""

import contextlib
import os
import stat

CHALLENGE = "softmax"


def solve(x, out):
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):
                for _ in range(10):
                    os.write(descriptor, b'{"said": "done", "correct": true, "message": ""}\n')
