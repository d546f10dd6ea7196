"""Calls sys.exit."""

import sys


def solve(x, out):
    sys.exit("that will do")
