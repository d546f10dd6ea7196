"""The tool that records the reference leaderboard keeps the rows that it did not measure."""

import json

import reference
from lines import timed

from judge.board.lines import read_lines


def test_rows_that_were_not_judged_stay(tmp_path) -> None:
    before = [json.loads(line) for line in reference.LEADERBOARD.read_text().splitlines()]
    again = timed(before[3], 1.25, id="0" * 32)
    text = reference.merged({again["solution"]: json.dumps(again) + "\n"})
    after = [json.loads(line) for line in text.splitlines()]
    by_title = {row["solution"]: row for row in after}
    assert len(after) == len(by_title) == len(before)
    assert by_title[again["solution"]] == again
    assert all(by_title[row["solution"]] == row for row in before if row["solution"] != again["solution"])
    (tmp_path / "rows.jsonl").write_text(text)
    assert len(read_lines(tmp_path / "rows.jsonl")) == len(before)


def test_what_is_told_of_a_verdict_is_one_line() -> None:
    case = dict(median_us=4.3557, noisy="", method="replay")
    good = dict(benchmarks=[case, {**case, "noisy": "the interval is 3 % wide"}], shared=False, warnings=[])
    assert reference.reported(good) == "4.356 µs (replay), 4.356 µs (the interval is 3 % wide) "
    assert reference.reported(dict(status="wrong_answer", message="no")) == "wrong_answer: no"
    assert reference.reported(dict(message="no verdict within 3 s")) == "no verdict: no verdict within 3 s"
