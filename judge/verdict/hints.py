"""Hints: the likely causes of a problem. To add one, write a function here and put its name into HINTS."""

from collections.abc import Callable, Iterable

from judge.verdict.diagnosis import SMALLEST_BLOCK, Mismatch, Problem, Region
from judge.verdict.wording import axis_word


def unmasked_end(problem: Problem) -> str | None:
    """The hint if only the last position of an axis is wrong."""
    region = _region(problem)
    if region and region.first == region.last == region.size - 1:
        masked = {"column": "the row", "row": "the column"}.get(axis_word(region), region.name)
        return f"is the tail of {masked} masked?"
    return None


def unmasked_block(problem: Problem) -> str | None:
    """The hint if the wrong elements begin where a block may begin, and go on to the end of the axis."""
    region = _region(problem)
    if region and region.first < region.last == region.size - 1:
        block = region.first & -region.first
        if block >= SMALLEST_BLOCK:
            return f"{region.first} is a multiple of a block size of {block}: is the last block masked?"
    return None


HINTS: tuple[Callable[[Problem], str | None], ...] = (unmasked_end, unmasked_block)


def hints_for(problems: Iterable[Problem]) -> tuple[str, ...]:
    """All hints for some problems, each of them once."""
    found = [hint for problem in problems for each in HINTS if (hint := each(problem))]
    return tuple(dict.fromkeys(found))


def _region(problem: Problem) -> Region | None:
    return problem.region if isinstance(problem, Mismatch) else None
