"""Text that somebody else wrote, on its way to a terminal."""

import re

_KEPT = r"\n\t\x20-\x7e\u00a0-\ud7ff\ue000-\U0010ffff"
_TURNS = r"\u202a-\u202e\u2066-\u2069"  # marks that change the direction of writing


def clean(text: str) -> str:
    """Returns the text without control characters, because they could change what the terminal shows."""
    return re.sub(rf"[^{_KEPT}]|[{_TURNS}]", "", text)


def one_line(text: str, most: int = 300) -> str:
    """The text without control characters, in one line of up to `most` characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= most else line[: most - 3] + "..."
