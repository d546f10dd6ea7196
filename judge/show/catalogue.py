"""The list of challenges as text."""

from judge.board.catalogue import Listing
from judge.show.clocks import place
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
            _best(each),
        ]
        for each in found
    ]
    return table(rows, _HEADERS)


def _best(each: Listing) -> str:
    if not each.best_us or not each.best_device:
        return ""
    return f"{duration(each.best_us)} on {place(each.best_device, each.best_method)}"
