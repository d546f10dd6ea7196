"""The exception for what the user can fix, and a hint for a word that is not known."""

import difflib
from collections.abc import Iterable


class BadInput(Exception):
    """Bad usage or bad input. Its text is one line: the problem, and what to do. The exit code is 2."""


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "", most: int = 3) -> str:
    """The question whether one of the `most` known words that are most like `word` was meant; `otherwise` if
    none is like it.
    """
    near = difflib.get_close_matches(word, list(known), most)
    return f"did you mean {', '.join(near)}?" if near else otherwise
