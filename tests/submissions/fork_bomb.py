"""Forks 400 children that sleep."""

import os
import time


def solve(x, out):
    for _ in range(400):
        if os.fork() == 0:
            time.sleep(600)
    time.sleep(600)
