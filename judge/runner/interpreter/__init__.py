"""UNTRUSTED: Triton's interpreter, made to compute as a GPU does and to keep to the buffers.

It may import protocol only.
"""

from judge.runner.interpreter import bfloat16, lookups
from judge.runner.interpreter.bounds import Bounds


def install(path: str) -> Bounds:
    """Change this process's interpreter for the kernels of the file `path`; returns what watches them."""
    bfloat16.install()
    lookups.install()
    bounds = Bounds(path)
    bounds.install()
    return bounds
