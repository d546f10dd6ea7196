"""Comparisons by hand, for the tests of what they find and of how they are shown."""

from typing import Any

from judge.comparing import sweep
from judge.comparing.results import Cell, Results, Row


def entry(program: str, median: float | None, half: float = 0.1, **more: Any) -> Cell:
    interval = None if median is None else (median - half, median + half)
    return Cell(
        program, median_us=median, ci95_us=interval, samples=12, method=more.pop("method", "replay"), **more
    )


def results(*rows: Row, against: tuple[str, ...] = ("torch",)) -> Results:
    found = Results(
        *("softmax", "NVIDIA H200", "580.1", "2.11.0", "3.6.0", "0.1.0", "2026-01-02"),
        command="judge compare softmax mine.py --against torch",
        seed=7,
        solutions={"mine": "mine.py", "<b>&'\"": "<b>.py"},
        against=[*against],
        rows=list(rows),
    )
    found.conclude()
    return found


def row(*entries: Cell, **shape: Any) -> Row:
    shape = shape or dict(rows=3, cols=50)
    return Row(sweep.text(shape), shape, 1 << 20, 0, 5.0, list(entries))


def full() -> Results:
    unsupported, wrong = Cell("sdpa-flash"), Cell("<b>&'\"")
    unsupported.drop("not_supported", "RuntimeError: " + "float32 is not for me " * 20)
    wrong.drop("wrong_answer", "out[0] = 1    expected 2\n1 of 1 elements differ")
    found = results(
        row(entry("mine", 10.0), wrong, entry("torch", 25.0), rows=3, cols=50),
        row(entry("mine", 1234.0), entry("torch", 1234.0, note="without lse"), unsupported, rows=4, cols=50),
        against=("torch", "sdpa-flash"),
    )
    found.warnings.append("mine: out differs between two runs")
    return found
