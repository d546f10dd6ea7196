"""Lays a socket of its own over the judge's channel: the runner then reads requests that the submission
writes.

Beats: trusting, which has read what it wanted by then.
Here: runtime_error or time_limit, as the channel has no other end any more.
"""

import contextlib
import os
import socket
import stat

CHALLENGE = "softmax"
pairs = []


def solve(x, out):
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISFIFO(mode):
                os.write(descriptor, b'{"correct": true}\n')
            if stat.S_ISSOCK(mode) and not pairs:
                pairs.append(socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
                for _ in range(5):
                    pairs[0][1].send(b'{"do": "forget"}')
                os.dup2(pairs[0][0].fileno(), descriptor)
