"""Raises an error that never comes to an end when it is asked for its text.

Beats: in_process, which asks it.
Here: time_limit, as the time of a call includes the report of its error.
"""

import time

CHALLENGE = "softmax"


class Endless(Exception):
    def __repr__(self):
        while True:
            time.sleep(1)

    __str__ = __repr__


def solve(x, out):
    raise Endless
