"""What a comparison found: ratios, winners, means, and how it is kept."""

import csv
import io
import json
from pathlib import Path

import pytest
from comparisons import entry, full, results, row

from judge.comparing.results import Cell, as_csv, read_record, with_record
from judge.errors import BadInput
from judge.show.comparison import comparison_text


def test_a_speedup_is_over_the_first_baseline() -> None:
    found = results(row(entry("mine", 10.0), entry("torch", 25.0), entry("compile", 12.5)))
    assert [e.speedup for e in found.rows[0].entries] == [2.5, 1.0, 2.0]
    assert [e.roofline for e in found.rows[0].entries] == [0.5, 0.2, 0.4]
    assert [e.place for e in found.rows[0].entries] == ["fastest", "", ""]


def test_intervals_that_overlap_with_the_winners_are_a_tie() -> None:
    found = results(row(entry("mine", 10.0), entry("torch", 10.15), entry("compile", 10.25)))
    assert [e.place for e in found.rows[0].entries] == ["tie", "tie", ""]


def test_who_is_alone_wins_nothing() -> None:
    dropped = Cell("torch", median_us=1.0)
    dropped.drop("not_supported", "no kernel")
    found = results(row(entry("mine", 10.0), dropped))
    assert [e.place for e in found.rows[0].entries] == ["", ""]
    assert found.rows[0].entries[0].speedup is None


def test_like_is_compared_with_like() -> None:
    called = dict(method="process", process_us=50.0, process_ci95_us=(49.0, 51.0))
    mine = entry("mine", 10.0, process_us=60.0, process_ci95_us=(59.0, 61.0))
    found = results(row(mine, entry("torch", 50.0, **called)))
    assert found.rows[0].entries[0].speedup == pytest.approx(50 / 60, abs=1e-4)
    assert [e.place for e in found.rows[0].entries] == ["", "fastest"]


def test_a_noisy_time_wins_nothing_and_is_compared_with_nothing() -> None:
    noisy = entry("mine", 1.0, noisy="its interval is 9 % wide")
    found = results(
        row(noisy, entry("torch", 25.0), entry("compile", 12.5), rows=1),
        row(entry("mine", 10.0), entry("torch", 40.0), rows=2),
        row(entry("mine", 10.0), entry("torch", 4.0, noisy="the clock moved"), rows=3),
    )
    first, _, third = found.rows
    assert [(e.speedup, e.place) for e in first.entries] == [(None, ""), (1.0, ""), (2.0, "fastest")]
    assert [(e.speedup, e.place) for e in third.entries] == [(None, ""), (None, "")]
    assert found.means["mine"] == dict(speedup=4.0, shapes=1)
    assert found.as_json()["rows"][0]["entries"][0]["noisy"] == "its interval is 9 % wide"
    told = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert [line["noisy"] for line in told[:3]] == ["its interval is 9 % wide", "", ""]


def test_the_mean_is_over_the_shapes_that_have_both_times() -> None:
    dropped = Cell("torch")
    dropped.drop("no_room")
    found = results(
        row(entry("mine", 1.0), entry("torch", 2.0), rows=1),
        row(entry("mine", 1.0), entry("torch", 8.0), rows=2),
        row(entry("mine", 1.0), dropped, rows=3),
    )
    assert found.means["mine"] == dict(speedup=4.0, shapes=2)


def test_csv_has_a_line_for_each_program_and_shape() -> None:
    table = list(csv.DictReader(io.StringIO(as_csv(full()))))
    assert len(table) == 6
    assert table[0] | dict(program="mine", status="timed", rows="3", cols="50", median_us="10.0") == table[0]
    assert table[1]["message"] == "out[0] = 1    expected 2\n1 of 1 elements differ"
    assert {line["place"] for line in table} == {"fastest", "", "tie"}


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    assert read_record(path) == []
    first, second = full(), full()
    second.command = "judge compare another"
    path.write_text(with_record([], first))
    path.write_text(with_record(read_record(path), second))
    assert [s.command for s in read_record(path)] == [first.command, second.command]
    assert comparison_text(read_record(path)[0]) == comparison_text(first)
    first.seed = 8
    again = with_record(read_record(path), first)
    path.write_text(again)
    assert [s.seed for s in read_record(path)] == [7, 8]  # it replaced its own line only


@pytest.mark.parametrize("line", ["{", "[]", "{}", "3", '{"rows": 3}', '{"rows": [{"entries": [3]}]}'])
def test_a_record_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "record.jsonl"
    path.write_text(f"{json.dumps(full().as_json())}\n{line}\n")
    with pytest.raises(BadInput, match=r"record\.jsonl:2: not a line"):
        read_record(path)
