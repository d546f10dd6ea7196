"""The list of challenges as text."""

from judge.board.catalogue import Listing
from judge.show.units import duration, table

_HEADERS = ["challenge", "title", "difficulty", "tags", "solved", "best"]


def listings_text(found: list[Listing]) -> str:
    """A table with a line for each challenge."""
    rows = [
        [
            each.name,
            each.title,
            each.difficulty,
            ", ".join(each.tags),
            "yes" if each.solved else "",
            f"{duration(each.best_us)} on {each.best_device}" if each.best_us else "",
        ]
        for each in found
    ]
    return table(rows, _HEADERS)
