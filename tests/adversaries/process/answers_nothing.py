"""Answers with a packet of no bytes, which looks like the end of the channel, and goes on as if nothing
had happened.

Beats: -, as no pipe of a naive judge knows packets.
Here: runtime_error or rule_violation, as such an answer ends the runner.
"""

import contextlib
import os
import socket

import torch

CHALLENGE = "softmax"


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            found = socket.socket(fileno=os.dup(descriptor))
            if found.type == socket.SOCK_SEQPACKET:
                found.send(b"")
