"""Takes an extended attribute away from the folder for temporary files: who guards against setting one
may forget this.

Beats: in_process, which confines no system call.
Here: runtime_error, as removing is refused too, and not only because there is no such attribute.
"""

import contextlib
import errno
import os

import torch

CHALLENGE = "softmax"
NAME = "user.judge-adversary-was-here"


def solve(x, out):
    with contextlib.suppress(PermissionError):
        os.setxattr("/tmp", NAME, b"yes")
    try:
        os.removexattr("/tmp", NAME)
    except OSError as error:
        if error.errno != errno.ENODATA:  # allowed, but there is nothing to remove
            raise
    out.copy_(torch.softmax(x, -1))
