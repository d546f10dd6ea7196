"""Returns without having written anything."""


def solve(x, out):
    return None
