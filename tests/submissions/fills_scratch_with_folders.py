"""Fills its scratch folder with 40,000 empty folders."""

import os
import time


def solve(x, out):
    for i in range(40_000):
        os.mkdir(str(i))
    time.sleep(600)
