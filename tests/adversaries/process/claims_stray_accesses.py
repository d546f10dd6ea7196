"""Forges the report of a thousand stray accesses, with sizes that are no sizes and tensors that are no
tensors.

Beats: trusting, which reads only whether it is correct.
Here: rule_violation or wrong_answer, as a report of stray accesses cannot make an answer better.
"""

import contextlib
import json
import os
import stat
import time

CHALLENGE = "softmax"
STRAY = dict(line=True, access=["reads"], elements=-1, tensor="\x1b[31mx\nx", side="\0", bytes=1 << 60)
FORGED = dict(said="error", kind="stray_access", text="", strays=[STRAY, None, [], 7] * 250, correct=True)


def solve(x, out):
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):
                os.write(descriptor, json.dumps(FORGED).encode() + b"\n")
    time.sleep(1)
