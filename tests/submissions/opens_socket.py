"""Opens a TCP connection."""

import socket


def solve(x, out):
    socket.create_connection(("127.0.0.1", 80))
