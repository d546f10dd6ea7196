"""Hints fit what they should and nothing else, and a new one needs no more than its function."""

from typing import Any

import pytest

from judge.verdict import hints
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
from judge.verdict.hints import hints_for, unmasked_block, unmasked_end
from judge.verdict.verdict import Verdict

OTHERS: list[Problem] = [
    WholeMismatch("out", 1.0, 0.1),
    Unaccepted("no"),
    Overrun("out", "after", 64),
    ChangedInput("x"),
    StrayAccess("mine.py", 3, "writes", 4, "out", "after", 0),
    Unstable("out", 1, 2),
    Raised("ValueError", "ValueError", "ValueError"),
    Remark("a tail of column 32"),
]


def mismatch(region: Region | None) -> Mismatch:
    return Mismatch("out", (0, 0), "0", "1", 1.0, 1e-6, 3, 2500, 0, region)


def column(first: int, last: int, size: int = 50) -> Region:
    return Region(1, 2, "cols", first, last, size)


END = {
    "the last column": (column(49, 49), "is the tail of the row masked?"),
    "the last row": (Region(0, 2, "rows", 9, 9, 10), "is the tail of the column masked?"),
    "the last element": (Region(0, 1, "n", 49, 49, 50), "is the tail of n masked?"),
    "the last index of three": (Region(2, 3, "cols", 5, 5, 6), "is the tail of cols masked?"),
    "a last column at a multiple of 16": (column(1024, 1024, 1025), "is the tail of the row masked?"),
    "another column": (column(48, 48), None),
    "two columns at the end": (column(48, 49), None),
    "the first column": (column(0, 0), None),
}
BLOCK = {
    "from 32 on": (column(32, 49), "32 is a multiple of a block size of 32: is the last block masked?"),
    "from 96 on": (column(96, 99, 100), "96 is a multiple of a block size of 32: is the last block masked?"),
    "from 16 on": (column(16, 49), "16 is a multiple of a block size of 16: is the last block masked?"),
    "rows from 1024 on": (
        Region(0, 2, "rows", 1024, 1999, 2000),
        "1024 is a multiple of a block size of 1024: is the last block masked?",
    ),
    "from 8 on, no block": (column(8, 49), None),
    "from 40 on, no multiple of 16": (column(40, 49), None),
    "from 0 on": (column(0, 49), None),
    "from 32, not to the end": (column(32, 40), None),
    "the last column, at 32": (column(32, 32, 33), None),  # that is the other hint's
}


@pytest.mark.parametrize("name", END)
def test_the_hint_of_an_unmasked_end(name: str) -> None:
    region, words = END[name]
    assert unmasked_end(mismatch(region)) == words


@pytest.mark.parametrize("name", BLOCK)
def test_the_hint_of_an_unmasked_block(name: str) -> None:
    region, words = BLOCK[name]
    assert unmasked_block(mismatch(region)) == words


@pytest.mark.parametrize("problem", [*OTHERS, mismatch(None)], ids=lambda problem: type(problem).__name__)
@pytest.mark.parametrize("hint", hints.HINTS, ids=lambda hint: hint.__name__)
def test_nothing_is_hinted_where_nothing_is_known(hint: Any, problem: Problem) -> None:
    assert hint(problem) is None


@pytest.mark.parametrize("name", [*END, *BLOCK])
def test_one_hint_at_the_most_fits_a_region(name: str) -> None:
    region, words = (END | BLOCK)[name]
    found = hints_for([mismatch(region)])
    assert len(found) <= 1
    assert words is None or found == (words,)


def test_hints_are_given_once_each_in_the_order_of_the_problems() -> None:
    last, block = mismatch(column(49, 49)), mismatch(column(32, 49))
    assert hints_for([]) == hints_for(OTHERS) == ()
    assert hints_for([last, *OTHERS, block, last]) == (END["the last column"][1], BLOCK["from 32 on"][1])
    assert hints_for([block, last]) == (BLOCK["from 32 on"][1], END["the last column"][1])


def changed(problem: Problem) -> str | None:
    """A hint as a contributor writes it."""
    return f"does a kernel store to {problem.tensor}?" if isinstance(problem, ChangedInput) else None


def test_a_new_hint_shows_up_in_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "HINTS", (*hints.HINTS, changed))
    problems = (mismatch(column(49, 49)), ChangedInput("x"))
    diagnosis = Diagnosis(problems, 3, "rows=50 cols=50", hints_for(problems), "judge submit softmax mine.py")
    verdict = Verdict("wrong_answer", "softmax", "mine.py", "interpreter", 1, diagnosis=diagnosis)
    assert verdict.message.splitlines()[-3:] == [
        "hint: is the tail of the row masked?",
        "hint: does a kernel store to x?",
        "again: judge submit softmax mine.py",
    ]
    assert verdict.as_json()["diagnosis"]["hints"] == list(diagnosis.hints)
