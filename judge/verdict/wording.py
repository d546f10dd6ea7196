"""The one module that turns a diagnosis into text."""

from collections.abc import Iterable, Iterator
from functools import singledispatch

from judge.verdict.diagnosis import (
    ChangedInput,
    Diagnosis,
    Mismatch,
    Overrun,
    Problem,
    Raised,
    Region,
    Remark,
    StrayAccess,
    Unaccepted,
    Unstable,
    WholeMismatch,
)


def message(diagnosis: Diagnosis) -> str:
    """The whole diagnosis: the case, its problems, hints, and how to judge the case again."""
    lines = [headline(diagnosis)] if diagnosis.case is not None else []
    lines += details(diagnosis)
    return "\n".join(lines)


def headline(diagnosis: Diagnosis) -> str:
    """One line: the case that failed, the place of an error, or the first thing that is wrong."""
    if diagnosis.case is not None:
        return f"case {diagnosis.case}: {diagnosis.name}"
    first, *_ = diagnosis.problems or (Remark(""),)
    if isinstance(first, Raised) and first.line:
        return f"{first.file}:{first.line}: {first.summary}"
    return next(iter(told([first])), "")


def details(diagnosis: Diagnosis) -> list[str]:
    """The lines below the name of the case: problems, hints, and how to judge the case again."""
    return told(diagnosis.problems) + _at_the_end(diagnosis)


def below_headline(diagnosis: Diagnosis) -> list[str]:
    """The lines of a diagnosis that the headline does not already say."""
    if diagnosis.case is not None:
        return details(diagnosis)
    first, *others = diagnosis.problems or (Remark(""),)
    if isinstance(first, Raised) and first.line:
        lines = [*first.trace.splitlines(), *first.text.splitlines()]
        lines = [line for line in lines if line.strip() != first.summary]
    else:
        lines = told([first])[1:]
    return lines + told(others) + _at_the_end(diagnosis)


def _at_the_end(diagnosis: Diagnosis) -> list[str]:
    lines = [f"hint: {hint}" for hint in diagnosis.hints]
    if diagnosis.replay:
        lines.append(f"again: {diagnosis.replay}")
    return lines


def told(problems: Iterable[Problem]) -> list[str]:
    """The problems in words, one or more lines for each."""
    return [line for problem in problems for line in _words(problem)]


@singledispatch
def _words(problem: Problem) -> Iterator[str]:
    raise TypeError(f"{type(problem).__name__} has no words")


@_words.register
def _(p: Mismatch) -> Iterator[str]:
    place = f"[{', '.join(map(str, p.index))}]" if p.index else ""
    off = ""
    if p.error is not None and p.allowed is not None:
        off = f"    off by {p.error:.2g}, allowed {p.allowed:.2g}"
    yield f"{p.output}{place} = {p.got}    expected {p.expected}{off}"
    where = f", {_where(p.region)}" if p.region else ""
    yield f"{p.wrong} of {p.total} elements differ{where}"
    if p.unwritten:
        all_of_them = p.unwritten == p.wrong
        yield "none of them was ever written" if all_of_them else f"{p.unwritten} were never written"


def axis_word(region: Region) -> str:
    """The word for one position on an axis."""
    if region.rank == 2:
        return ("row", "column")[region.axis]
    return "element" if region.rank == 1 else f"index of {region.name}"


def _where(region: Region) -> str:
    word, first, last = axis_word(region), region.first, region.last
    if first == last == region.size - 1:
        return f"all in the last {word}"
    if first == last:
        return f"all in {word} {first}"
    if last == region.size - 1:
        return f"all from {word} {first} on"
    return f"all in {word}s {first} to {last} of {region.size}"


@_words.register
def _(p: WholeMismatch) -> Iterator[str]:
    yield f"{p.output} as a whole is off by {p.error:.2g}, allowed {p.allowed:.2g} (Euclidean norms)"


@_words.register
def _(p: Unaccepted) -> Iterator[str]:
    yield from p.text.splitlines()


@_words.register
def _(p: Overrun) -> Iterator[str]:
    side = "past the end" if p.side == "after" else "before the start"
    yield f"bytes outside the buffers were written, up to {p.bytes} bytes {side} of {p.tensor}"


@_words.register
def _(p: ChangedInput) -> Iterator[str]:
    yield f"the input {p.tensor} was changed; inputs must stay as they are"


@_words.register
def _(p: StrayAccess) -> Iterator[str]:
    elements = "1 element" if p.elements == 1 else f"{p.elements} elements"
    if p.side == "before":
        nearest = f"the first {p.bytes} bytes before {p.tensor}"
    else:
        beyond = f"{p.bytes} bytes past" if p.bytes else "just past"
        nearest = f"the first {beyond} the end of {p.tensor}"
    yield f"{p.file}:{p.line}: {p.access} outside every buffer ({elements} of one program, {nearest})"


@_words.register
def _(p: Unstable) -> Iterator[str]:
    yield (
        f"{p.output} differs between two runs on the same inputs in {p.differing} of {p.total} elements; "
        "this challenge wants the same result every time"
    )


@_words.register
def _(p: Raised) -> Iterator[str]:
    yield "Traceback (most recent call last):"
    yield from p.trace.splitlines()
    yield from p.text.splitlines()


@_words.register
def _(p: Remark) -> Iterator[str]:
    yield from p.text.splitlines()
