"""Writes to the judge's channel what is no JSON."""

import contextlib
import os
import socket


def solve(x, out):
    for fd in range(3, 256):
        with contextlib.suppress(OSError):
            found = socket.socket(fileno=os.dup(fd))
            if found.type == socket.SOCK_SEQPACKET:
                found.send(b"\xff\x00 garbage {")
