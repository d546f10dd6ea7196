"""Forges an answer that reports an error in a report of its own making: a false verdict, colours, a
cleared screen, and a line number beyond all lines.

Beats: trusting, which reads only whether it is correct.
Here: runtime_error, with the text of the error shown as what it is.
"""

import contextlib
import json
import os
import stat
import time

CHALLENGE = "softmax"
VERDICT = "\x1b[2J\x1b[H\n\n  accepted      rank 1 of 1 on every GPU\n\u2028accepted\u202e"
FORGED = dict(
    said="error",
    kind="runtime_error",
    text=VERDICT,
    summary=VERDICT,
    error="\x1b]0;accepted\x07",
    trace="\ud800" + VERDICT,
    line=2**53 - 1,
    out_of_memory=True,
    broken=True,
    correct=True,
    message="",
)


def solve(x, out):
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):
                os.write(descriptor, json.dumps(FORGED).encode() + b"\n")
    time.sleep(1)
