"""Takes a lease on a file that is not its own, the licence of PyTorch or its metadata: whoever opens it
then waits for up to 45 seconds, the judge too.

Beats: in_process, which lets any descriptor be used in any way.
Here: runtime_error, as a lease is refused: reading is allowed, and keeping others from reading is not.
"""

import fcntl
import importlib.metadata
import os
import signal

import torch

CHALLENGE = "softmax"
held = []


def solve(x, out):
    if not held:
        path = importlib.metadata.distribution("torch").locate_file(
            f"torch-{torch.__version__}.dist-info/METADATA"
        )
        held.append(os.open(path, os.O_RDONLY))
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        fcntl.fcntl(held[0], fcntl.F_SETLEASE, fcntl.F_WRLCK)
    out.copy_(torch.softmax(x, -1))
