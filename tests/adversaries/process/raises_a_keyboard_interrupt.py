"""Raises KeyboardInterrupt, as if the user had pressed Ctrl-C: nobody wants a verdict then.

Beats: in_process, which ends without a verdict.
Here: runtime_error, as an interruption in the runner is an error of the submission's.
"""

CHALLENGE = "softmax"


def solve(x, out):
    raise KeyboardInterrupt
