"""The geometric mean, for all parts of the judge."""

import math
from collections.abc import Iterable


def geometric_mean(values: Iterable[float | None]) -> float | None:
    """The geometric mean of positive values. None if there is no value, or one is missing or not positive."""
    found = list(values)
    known = [value for value in found if value is not None and value > 0]
    if not known or len(known) < len(found):
        return None
    return math.exp(sum(map(math.log, known)) / len(known))
