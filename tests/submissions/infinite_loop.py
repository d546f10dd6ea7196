"""Never returns; leaves a file `looping` in its scratch folder once it is there."""

from pathlib import Path


def solve(x, out):
    Path("looping").touch()
    while True:
        pass
