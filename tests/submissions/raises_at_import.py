"""Divides by zero while it is imported."""

BLOCK = 1 / 0


def solve(x, out):
    pass
