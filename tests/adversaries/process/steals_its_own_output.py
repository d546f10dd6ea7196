"""Opens its own standard output for reading, prints single bytes, and takes them back before the judge's
reader has them: that reader then waits in a read for what never comes, and with it whoever shows the output.

Beats: -, as a naive judge reads no output.
Here: wrong_answer, as nothing is written: and that in a few seconds, whatever the pipe does.
"""

import ctypes
import os
import random
import threading
import time

CHALLENGE = "softmax"


def steal(back):
    while True:
        os.read(back, 4096)


def solve(x, out):
    back = os.open("/proc/self/fd/1", os.O_RDONLY)
    threading.Thread(target=steal, args=[back], daemon=True).start()
    until = time.monotonic() + 1 + random.random()
    while time.monotonic() < until:
        os.write(1, b"x")
        time.sleep(random.random() * 1e-4)
    ctypes.CDLL(None).write(
        1, ctypes.c_void_p(1), 1
    )  # older kernels keep an empty piece, which reads as nothing
