"""Keeps 3 GiB in a folder whose name changes all the time: who lists names and then looks behind them
finds nothing there.

Beats: in_process, which has no limit for the disk at all.
Here: runtime_error, as a folder that cannot be looked into counts as too large, or is found by other
means.
"""

import atexit
import os
import shutil
import threading
import time

import torch

CHALLENGE = "softmax"
os.mkdir("name0")
for n in range(15):
    with open(f"name0/{n}", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 200 << 20)
ended = threading.Event()


def rename():
    n = 0
    while not ended.is_set():
        os.rename(f"name{n}", f"name{(n + 1) % 500}")
        n = (n + 1) % 500
    shutil.rmtree(f"name{n}")


thread = threading.Thread(target=rename, daemon=True)
thread.start()
atexit.register(thread.join)
atexit.register(ended.set)
time.sleep(1.5)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
