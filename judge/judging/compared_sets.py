"""Chooses the sets of a pass that are compared as a whole: the ones that tell most, and some others."""

import secrets
from collections.abc import Sequence

SETS = 4  # compared after each pass
KNOWN = 3  # sets with known answers that are compared instead, where the reference is slow
_random = secrets.SystemRandom()


def telling(sets: Sequence[int], late: Sequence[int], special: bool) -> list[int]:
    """The sets of a pass that tell most: those whose inputs came late, and the last one, for which nothing
    that is put off gets done. `special` says whether the last one has special inputs, which are judged in any
    case.
    """
    last = list(sets[-1:]) if len(sets) > 1 and not special else []
    return [k for k in dict.fromkeys([*last, *late]) if not special or k != sets[-1]]


def compared(
    sets: Sequence[int], late: Sequence[int], special: bool, known: set[int] | None = None
) -> list[int]:
    """The sets to compare, the special one first. Where the reference is slow, `known` has the sets whose
    answers are known: of the others one is compared, and none if enough are known.
    """
    first, more = list(sets[-1:]) if special else [], telling(sets, late, special)
    if known is None:
        others = _random.sample(sets, min(len(sets), SETS))
        return list(dict.fromkeys([*first, *more, *others]))[:SETS]
    if not more and not special:  # no input came late, in a pass of one call
        more = list(sets[-1:])
    answered = [k for k in more if k in known]
    unknown = [k for k in more if k not in known]
    _random.shuffle(unknown)
    return [*first, *answered, *unknown[: len(answered) < KNOWN]]
