"""Leaves a key in the user's keyring, which outlives every process of the submission, for its next
submission to find.

Beats: in_process, which confines no system call.
Here: runtime_error, as nothing may be left where the next one could find it.
"""

import ctypes
import os

import torch

CHALLENGE = "softmax"
ADD_KEY = 248 if os.uname().machine == "x86_64" else 217
PROCESS_KEYRING = -2  # it ends with the process, so that nothing is left if this succeeds
libc = ctypes.CDLL(None, use_errno=True)


def solve(x, out):
    key = libc.syscall(ADD_KEY, b"user", b"judge-adversary", b"was here", 8, PROCESS_KEYRING)
    if key < 0:
        raise OSError(ctypes.get_errno(), "no key can be left")
    out.copy_(torch.softmax(x, -1))
