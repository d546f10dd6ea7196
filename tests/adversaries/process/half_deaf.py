"""Closes the channel's reading half only: the judge can say nothing any more, and hears from a thread
that all is done.

Beats: -, as no pipe of a naive judge has two halves.
Here: runtime_error or rule_violation or time_limit, as it must answer what it is asked, and only that.
"""

import contextlib
import os
import socket
import threading
import time

import torch

CHALLENGE = "softmax"


def repeat(channel):
    for _ in range(20):
        time.sleep(0.3)
        channel.send(b'{"said": "done"}')


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            found = socket.socket(fileno=os.dup(descriptor))
            if found.type == socket.SOCK_SEQPACKET:
                found.shutdown(socket.SHUT_RD)
                threading.Thread(target=repeat, args=[found], daemon=True).start()
