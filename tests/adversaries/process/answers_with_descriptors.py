"""Attaches a hundred descriptors to a forged answer, so that the judge's own table of them fills up.

Beats: trusting, which believes the first line that it reads.
Here: runtime_error, as no message with descriptors can leave the sandbox.
"""

import contextlib
import os
import socket
import stat

CHALLENGE = "softmax"


def solve(x, out):
    forged = b'{"said": "done", "correct": true, "message": ""}\n'
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISFIFO(mode):
                os.write(descriptor, forged)
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue
        with contextlib.suppress(OSError):
            channel = socket.socket(fileno=os.dup(descriptor))
            break
    else:
        return
    socket.send_fds(channel, [forged], [0] * 100)
