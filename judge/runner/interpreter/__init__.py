"""UNTRUSTED: changes Triton's interpreter, so that it computes as a GPU does and stays inside the buffers.

It may import protocol only.
"""

from judge.runner.interpreter import bfloat16, lookups
from judge.runner.interpreter.bounds import Bounds


def install(path: str) -> Bounds:
    """Change this process's interpreter for the kernels of the file `path`. Returns the Bounds for them."""
    bfloat16.install()
    lookups.install()
    bounds = Bounds(path)
    bounds.install()
    return bounds
