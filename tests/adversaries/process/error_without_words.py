"""Raises an error that says nothing at all: its text, its representation and its name are empty.

Beats: in_process, which takes no words for no error.
Here: runtime_error, as it is the raising that counts.
"""

CHALLENGE = "softmax"


class Silent(Exception):
    def __repr__(self):
        return ""

    __str__ = __repr__


Silent.__name__ = Silent.__qualname__ = Silent.__module__ = ""


def solve(x, out):
    raise Silent
