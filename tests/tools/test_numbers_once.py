"""A number stands in one file: a note quotes no time that a recording has."""

import re
from collections import defaultdict
from decimal import Decimal
from functools import cache

import pytest
from recordings import CATALOGUE, COMPARISONS

from judge.board.lines import reference_records
from judge.board.standings import benchmarks_of
from judge.solutions.finding import Solution, all_solutions
from judge.solutions.notes import read_note

UNITS = {"µs": 1, "us": 1, "ms": 1000}
NUMBER = r"(?<![\w.,^{])\d+(?:,\d{3})*(?:\.\d+)?"
BETWEEN = r"(?:\s|,|/|–|\b(?:and|or|to|against|for|from)\b)+"  # the numbers of one list
TIMES = re.compile(rf"({NUMBER}(?:{BETWEEN}{NUMBER})*)\s*(µs|us|ms)\b")


@cache
def recorded() -> dict[str, list[float]]:
    """All recorded medians in microseconds, by challenge."""
    found = defaultdict(list)
    for results in (*CATALOGUE, *COMPARISONS):
        for row in results.rows:
            found[results.challenge] += [us for e in row.entries for us in (e.median_us, e.process_us) if us]
    for record in reference_records():
        for each in benchmarks_of(record):
            medians = [each.median_us, *(b["median_us"] for b in each.baselines.values())]
            found[record["challenge"]] += medians
    return found


def quoted(text: str) -> list[tuple[str, str]]:
    """Every time in a text: the number as it is written, and its unit."""
    return [(number, unit) for numbers, unit in TIMES.findall(text) for number in re.findall(NUMBER, numbers)]


def is_one_of(number: str, unit: str, medians: list[float]) -> bool:
    """Whether a median, rounded to the digits of a number, is the number."""
    value = Decimal(number.replace(",", ""))
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    half = Decimal(1).scaleb(exponent) / 2
    return value > 0 and any(abs(Decimal(str(us)) / UNITS[unit] - value) <= half for us in medians)


def test_times_are_found_in_lists_and_rounded_as_they_are_written() -> None:
    text = "It took 49.8 µs, where others took 1,024 and 87.0 us; from 1.58 to 2 ms. 12 % of 3.5 MB."
    assert quoted(text) == [("49.8", "µs"), ("1,024", "us"), ("87.0", "us"), ("1.58", "ms"), ("2", "ms")]
    assert is_one_of("49.8", "µs", [3.0, 49.7501])
    assert not is_one_of("49.8", "µs", [49.7499, 49.8501])
    assert is_one_of("1.58", "ms", [1584.9])
    assert is_one_of("1,024", "us", [1024.4])


@pytest.mark.parametrize("solution", all_solutions(), ids=lambda solution: solution.name)
def test_a_note_quotes_no_time_that_a_recording_has(solution: Solution) -> None:
    medians = recorded()[solution.challenge]
    assert medians
    note = read_note(solution)
    assert [(n, u) for n, u in quoted(note.body) if is_one_of(n, u, medians)] == []
