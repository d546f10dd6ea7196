"""Raises an error whose text has 64 MB, in one line, and whose notes have as much.

Beats: -, as a naive judge says the text, however long, but it does refuse.
Here: runtime_error, with the beginning of the text only.
"""

CHALLENGE = "softmax"


def solve(x, out):
    error = ValueError("accepted " * (8 << 20))
    error.add_note("rank 1 " * (8 << 20))
    raise error
