"""Calls itself without end."""


def solve(x, out):
    solve(x, out)
