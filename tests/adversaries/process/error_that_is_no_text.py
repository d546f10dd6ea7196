"""Raises an error whose class has a name that is no text, so that the report of the error fails as well.

Beats: in_process, as the empty report is no report.
Here: runtime_error, as the runner then ends, and the judge does not.
"""

CHALLENGE = "softmax"


class Meta(type):
    __name__ = property(lambda cls: object())
    __module__ = property(lambda cls: object())


class Nameless(Exception, metaclass=Meta):
    def __repr__(self):
        return ""

    __str__ = __repr__


def solve(x, out):
    raise Nameless
