"""Fills its scratch folder with files of 200 MB until it is stopped."""

import os
import time


def solve(x, out):
    for i in range(100):
        with open(f"{i}", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 200_000_000)
        time.sleep(0.05)
    time.sleep(600)
