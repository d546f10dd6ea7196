"""Replaces the functions of the program that calls it: what calls does nothing any more, and what
compares finds no difference.

Beats: in_process, whose comparison is one of these functions.
Here: wrong_answer, as the runner compares nothing, and a call that does nothing writes nothing.
"""

import sys

CHALLENGE = "softmax"


def solve(x, out):
    main = sys.modules["__main__"]
    for name in ("differs", "call"):
        if hasattr(main, name):
            setattr(main, name, lambda *_: None)
    if hasattr(main, "Submission"):
        main.Submission.call = main.Submission.go = lambda *_: None
