"""Hides files in a folder that is so deep that it has no path."""

import os
import time

for _ in range(30):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
time.sleep(60)


def solve(x, out):
    pass
