"""Comparisons as they are recorded: the project's own, and small ones made up for the tests of tools/."""

from typing import Any

import performance

from judge.comparing import sweep
from judge.comparing.results import Cell, Results, Row, read_record

COMPARISONS, CATALOGUE = read_record(performance.RECORD), read_record(performance.CATALOGUE)


def entry(program: str, median: float, half: float = 0.01, **more: Any) -> Cell:
    interval = median * (1 - half), median * (1 + half)
    return Cell(program, median_us=median, ci95_us=interval, samples=12, method="replay", **more)


def dropped(program: str, status: str, message: str = "") -> Cell:
    found = Cell(program)
    found.drop(status, message)
    return found


def row(*entries: Cell, roofline: float = 1.0, **shape: Any) -> Row:
    return Row(sweep.text(shape), shape, 1 << 20, 0, roofline, list(entries))


def results(challenge: str, *rows: Row, against: tuple[str, ...] = ("torch", "compile")) -> Results:
    names = dict.fromkeys(e.program for row in rows for e in row.entries if e.program not in against)
    solutions = {name: f"solutions/{name}.py" for name in names}
    found = Results(
        *(challenge, "NVIDIA H200", "580.1", "2.11.0", "3.6.0", "0.1.0", "2026-01-02"),
        command=" ".join(["judge compare", challenge, *solutions.values(), "--against", ",".join(against)]),
        seed=7,
        solutions=solutions,
        against=[*against],
        rows=list(rows),
    )
    found.conclude()
    return found


def cells(text: str, beginning: str) -> list[list[str]]:
    """The cells of a table's rows that begin so."""
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")
    ]
    return [row for row in rows if row[0].startswith(beginning)]
