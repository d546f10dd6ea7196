"""Makes a name outside without opening a file: it binds a UNIX socket there.

Beats: in_process, which confines no file.
Here: runtime_error, as a socket's name is a file like others.
"""

import os
import socket

import torch

CHALLENGE = "softmax"


def solve(x, out):
    name = "/tmp/judge-adversary-was-here"
    if os.path.lexists(name):
        os.unlink(name)
    socket.socket(socket.AF_UNIX).bind(name)
    os.unlink(name)
    out.copy_(torch.softmax(x, -1))
