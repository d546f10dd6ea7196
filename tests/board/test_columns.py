"""The columns of the leaderboard are listed once: from there they come into tables, the site and JSON."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from conftest import ROOT, judge_environment
from lines import timed

from judge.board.columns import COLUMNS, IDENTITY, RESULTS, Column, Record
from judge.board.lines import REFERENCES
from judge.board.standings import Board, Entry
from judge.board.store import Leaderboard
from judge.show.board import board_text, history_text
from judge.show.units import written

Judge = Callable[..., CompletedProcess[str]]

ALL = (*IDENTITY, *COLUMNS)
SHOWN = [column for column in ALL if column.header]
PUBLIC = [column.name for column in ALL if column.public]
# A board's own: `rank` and `outdated` are of the entry, not of the record.
OF_ENTRIES = ["rank", "outdated"]

VALUES: dict[str, Any] = {"us": 1234.5, "ratio": 3.25, "share": 0.375, "moment": "2026-03-04T05:06:07+00:00"}


def record() -> Record:
    """A record in which each column has a value of its own."""
    return {column.name: value_of(column) for column in ALL} | dict(noisy=False, shared=False)


def value_of(column: Column) -> Any:
    return VALUES.get(column.unit, f"<{column.name}>")


def cells(line: str) -> list[str]:
    """What stands between gaps of two spaces or more."""
    return re.split(r" {2,}", line.strip())


def shown_in(text: str) -> dict[str, str]:
    """The cells of a table of one row, by their headers."""
    header, _, row = text.splitlines()
    assert len(cells(header)) == len(cells(row))
    return dict(zip(cells(header), cells(row), strict=True))


def test_headers_tell_columns_apart() -> None:
    headers = [column.header for column in SHOWN]
    assert len(set(headers)) == len(headers)
    assert len({column.name for column in ALL}) == len(ALL)


def test_a_history_shows_every_column_with_a_header() -> None:
    found = shown_in(history_text([record()]))
    assert found == {column.header: written(value_of(column), column.unit) for column in SHOWN}


def test_a_board_shows_every_column_but_what_is_the_same_on_all_of_it() -> None:
    found = shown_in(board_text([Board("<device>", "replay", [Entry(record(), 7, 9, False)], [])]))
    assert found.pop("rank") == "7"
    expected = {column.header: written(value_of(column), column.unit) for column in SHOWN}
    same = [expected.pop(header) for header in ("challenge", "status", "clock")]
    assert same == ["<challenge>", "<status>", "<method>"]
    assert found == expected


def test_the_database_has_every_column(tmp_path: Path) -> None:
    board = board_with(tmp_path, reference(method="replay"))
    [found] = board.records()
    assert sorted(found) == sorted(column.name for column in ALL) == sorted(c.name for c in RESULTS.columns)
    assert {name for name, value in found.items() if value is None} == set()


def reference(**changes: Any) -> dict[str, Any]:
    """A line of an exported leaderboard, of a solution whose file nobody has."""
    line: dict[str, Any] = json.loads(REFERENCES.read_text().splitlines()[0])
    made = timed(line, line["score_us"], solution="mine.py", **changes)
    work = dict(own=0.9, pytorch=0.06, vendor=0.0, driver=0.04, others=["at::native::add"])
    return made | dict(benchmarks=[each | dict(work=work) for each in made["benchmarks"]])


def board_with(folder: Path, line: dict[str, Any]) -> Leaderboard:
    """A leaderboard with one line of an exported one."""
    (folder / "rows.jsonl").write_text(json.dumps(line) + "\n")
    board = Leaderboard(f"sqlite:///{folder}/board.db")
    assert board.import_(folder / "rows.jsonl") == (1, 0)
    return board


def test_json_has_every_public_column(judge_command: Judge, tmp_path: Path) -> None:
    line = reference(id="mine", device="GPU X")
    board = board_with(tmp_path, line)
    [own] = board.records()
    database = ("--database", board.url)
    [row] = json.loads(judge_command("leaderboard", "--device", "gpu x", "--json", *database).stdout)
    assert list(row) == [*PUBLIC, *OF_ENTRIES]
    assert row == {name: own[name] for name in PUBLIC} | dict(rank=1, outdated=False)
    [row] = json.loads(judge_command("leaderboard", "--all", "--json", *database).stdout)
    assert row == {name: own[name] for name in PUBLIC}
    assert not {"source", "verdict"} & set(row)


def board_on_site(page: str, device: str) -> dict[str, str]:
    """The cells of the first row of a device's board on a challenge's page, by their headers."""
    table = page.partition(f"<h3>{device}</h3>")[2].partition("</table>")[0]
    headers = re.findall(r"<th(?: [^>]*)?>(.*?)</th>", table)
    row = table.partition("<tbody>")[2].partition("</tr>")[0]
    texts = [unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
    return dict(zip(headers, texts, strict=True))


def test_the_site_shows_every_column_with_a_header(judge_command: Judge, tmp_path: Path) -> None:
    line = reference(id="mine", device="GPU X", author="ada")
    board = board_with(tmp_path, line)
    [own] = board.records()
    done = judge_command("site", "build", "--out", tmp_path / "site", "--database", board.url)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "challenges" / f"{line['challenge']}.html").read_text()
    found = board_on_site(page, "GPU X")
    assert found.pop("#") == "1"
    # The challenge is the page, the device the heading, and all on a board are accepted, by one clock.
    elsewhere = ("challenge", "device", "status", "method")
    assert found == {
        column.header: written(own[column.name], column.unit)
        for column in SHOWN
        if column.name not in elsewhere
    }


# -- a new column -------------------------------------------------------------------------------------

ENTRY = """\
COLUMNS += (Column("mhz", sql.Integer, lambda v, p: v["seed"] % 1000, "mhz", nullable=True),)
"""
STEP = """\
def _mhz(connection: sql.Connection) -> None:
    connection.execute(sql.text("ALTER TABLE results ADD COLUMN mhz INTEGER"))


STEPS += (_mhz,)


"""


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A judge that has one column more: a copy of ours with an entry in COLUMNS and a step."""
    folder = tmp_path / "later"
    shutil.copytree(ROOT / "judge", folder / "judge", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("challenges", "solutions", "templates"):
        (folder / name).symlink_to(ROOT / name)
    for file, before, new in (("columns.py", "IDENTITY = (", ENTRY), ("migrations.py", "def version(", STEP)):
        path = folder / "judge" / "board" / file
        text = path.read_text()
        assert text.count(before) == 1
        path.write_text(text.replace(before, f"{new}{before}"))
    return folder


def test_a_new_column_is_an_entry_and_a_step_and_is_everywhere(later: Path, tmp_path: Path) -> None:
    def judge(*arguments: str | Path) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "judge", *map(os.fspath, arguments), "--database", board.url],
            cwd=tmp_path,
            env=judge_environment(tmp_path) | {"PYTHONPATH": str(later)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    line = reference()
    board = board_with(tmp_path, line | dict(id="before", device="GPU X", seed=111))  # of the judge of now
    (tmp_path / "rows.jsonl").write_text(json.dumps(line | dict(id="after", device="GPU Y", seed=777)) + "\n")
    judge("leaderboard", "--import", tmp_path / "rows.jsonl")
    rows = {row["id"]: row["mhz"] for row in json.loads(judge("leaderboard", "--all", "--json"))}
    assert rows == {"before": None, "after": 777}
    rows = {row["id"]: row["mhz"] for row in json.loads(judge("leaderboard", "--json"))}
    assert (rows["before"], rows["after"], rows[line["id"]]) == (None, 777, line["seed"] % 1000)
    [shown] = [
        text for text in judge("leaderboard", "--device", "GPU Y").split("\n\n") if " rank " in f" {text}"
    ]
    assert shown_in(shown)["mhz"] == "777"
    header, _, *history = judge("leaderboard", "--all").splitlines()
    assert "mhz" in cells(header)
    assert sorted("777" in cells(row) for row in history) == [False, True]
    judge("site", "build", "--out", tmp_path / "site")
    page = (tmp_path / "site" / "challenges" / f"{line['challenge']}.html").read_text()
    assert board_on_site(page, "GPU X")["mhz"] == ""
    assert board_on_site(page, "GPU Y")["mhz"] == "777"
