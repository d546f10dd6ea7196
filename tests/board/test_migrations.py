"""The schema of the leaderboard goes forward: old databases are migrated, newer ones are left alone."""

import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import sqlalchemy as sql
from conftest import ROOT
from test_store import provenance, verdict

from judge.board.columns import COLUMNS, RESULTS, Record
from judge.board.lines import REFERENCES, write_lines
from judge.board.migrations import STEPS, migrate, version
from judge.board.standings import Standings
from judge.board.store import Leaderboard
from judge.errors import BadInput
from judge.solutions.languages.python import Python

Judge = Callable[..., CompletedProcess[str]]

# What judge 0.1.0 made: the table, the index, and no number.
OLD_SCHEMA = """\
CREATE TABLE results (
    id VARCHAR(32) NOT NULL,
    time VARCHAR(32) NOT NULL,
    status VARCHAR(32) NOT NULL,
    challenge VARCHAR(200) NOT NULL,
    challenge_hash VARCHAR(64) NOT NULL,
    solution TEXT NOT NULL,
    solution_hash VARCHAR(64) NOT NULL,
    source TEXT NOT NULL,
    author VARCHAR(200) NOT NULL,
    device VARCHAR(200) NOT NULL,
    driver VARCHAR(64) NOT NULL,
    torch VARCHAR(64) NOT NULL,
    triton VARCHAR(64) NOT NULL,
    judge VARCHAR(64) NOT NULL,
    seed BIGINT NOT NULL,
    score_us FLOAT,
    speedup FLOAT,
    roofline FLOAT,
    shared BOOLEAN NOT NULL,
    verdict TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_results_challenge ON results (challenge);
"""
PROVENANCE = ("challenge_hash", "solution_hash", "source", "author", "driver", "torch", "triton", "judge")
# What judge 0.1.0 said of a wrong answer: it had no diagnosis, and hints stood beside what they are about.
WRONG = dict(
    status="wrong_answer",
    challenge="vector_add",
    solution="mine.py",
    device="interpreter",
    seed=7,
    message="case 1: n=1\nout[0] = 0    expected 0.61    off by 0.61, allowed 1e-06\n"
    "1 of 1 elements differ, all in the last element: is the tail of n masked?\n"
    "again: judge submit vector_add mine.py --seed 7 --case 1",
    cases=[dict(name="n=1", status="wrong_answer", max_error=0.61, allowed=1e-06)],
    benchmarks=[],
    score_us=None,
    rank=None,
    entries=None,
    skipped=0,
    shared=False,
    warnings=[],
    output="",
)


def old_rows() -> list[dict[str, Any]]:
    """Rows as judge 0.1.0 wrote them: two real verdicts with times, a wrong answer, and what is no Python."""
    lines = [json.loads(line) for line in REFERENCES.read_text().splitlines()[:2]]
    where = dict.fromkeys(PROVENANCE, "1") | dict(time="2026-03-04T05:06:07.089+00:00", author="ada")
    lines.append(WRONG | where | dict(id="wrong", source='"""A note."""\ndef solve(a, b, out): ...  # no\n'))
    lines.append(WRONG | where | dict(id="broken", source="def solve(", status="compile_error"))
    rows = []
    for line in lines:
        about = {name: line.pop(name) for name in ("id", "time", *PROVENANCE)}
        named = {name: line[name] for name in ("status", "challenge", "solution", "device", "seed")}
        numbers = dict(score_us=line["score_us"], speedup=None, roofline=None, shared=False)
        rows.append(about | named | numbers | dict(verdict=json.dumps(line)))
    return rows


def make_old(file: Path, rows: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """A database as judge 0.1.0 left it. Returns its rows."""
    rows = old_rows() if rows is None else rows
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(OLD_SCHEMA)
    connection.close()
    insert(file, rows)
    return rows


def insert(file: Path, rows: list[dict[str, Any]]) -> None:
    """Rows as judge 0.1.0 adds them."""
    connection = sqlite3.connect(file)
    for row in rows:
        names = ", ".join(row)
        connection.execute(
            f"INSERT INTO results ({names}) VALUES ({', '.join('?' * len(row))})", [*row.values()]
        )
    connection.commit()
    connection.close()


def dump(file: Path) -> list[str]:
    """All that is in a database, as SQL."""
    connection = sqlite3.connect(file)
    found = list(connection.iterdump())
    connection.close()
    return found


def by_id(rows: list[Record]) -> dict[str, Record]:
    return {row["id"]: row for row in rows}


def of_old(rows: list[Record]) -> dict[str, Record]:
    """Rows by id, with the columns of the old schema only."""
    new = ("code", "method", "noisy", "own")
    return by_id([{name: value for name, value in row.items() if name not in new} for row in rows])


@pytest.fixture
def old(tmp_path: Path) -> Path:
    file = tmp_path / "old.db"
    make_old(file)
    return file


def url_of(file: Path) -> str:
    return f"sqlite:///{file}"


# -- forward ------------------------------------------------------------------------------------------


def test_an_old_database_keeps_every_row_and_gets_the_digest_of_its_code(old: Path) -> None:
    board = Leaderboard(url_of(old))
    found = board.records()
    assert of_old(found) == by_id(old_rows())
    for row in found:
        assert row["code"] == Python().digest(row["source"])
        assert (row["method"], row["noisy"], row["own"]) == (None, False, None)
    broken = hashlib.sha256(b"def solve(").hexdigest()  # what is no Python has the digest of its text
    assert by_id(found)["broken"]["code"] == broken
    assert len({row["code"] for row in found}) == len(found)


def test_a_migrated_database_takes_new_records(old: Path) -> None:
    board = Leaderboard(url_of(old))
    record = board.record(verdict().as_json(), provenance())
    assert by_id(board.records())[record["id"]] == record
    assert len(board.records()) == len(old_rows()) + 1
    assert of_old(board.records()).items() >= by_id(old_rows()).items()


def test_what_an_old_judge_adds_to_a_migrated_database_has_its_code_too(old: Path) -> None:
    Leaderboard(url_of(old)).records()
    insert(old, [row | dict(id=f"{row['id']} later") for row in old_rows()])
    found = by_id(Leaderboard(url_of(old)).records())
    assert len(found) == 2 * len(old_rows())
    for row in old_rows():
        assert found[f"{row['id']} later"]["code"] == found[row["id"]]["code"]


def test_old_times_stand_on_the_board_of_their_code_and_of_the_older_clock(old: Path) -> None:
    row = old_rows()[0]
    [board] = Standings(url_of(old)).boards(row["challenge"], row["challenge_hash"])
    assert board.method is None
    assert row["id"] in {entry.record["id"] for entry in board.entries}


def test_opening_twice_does_nothing_more(old: Path) -> None:
    Leaderboard(url_of(old)).records()
    once = dump(old)
    assert sum('INSERT INTO "judge_schema"' in line for line in once) == 1
    Leaderboard(url_of(old)).records()
    Leaderboard(url_of(old)).reach()
    assert dump(old) == once


def test_reaching_alone_changes_nothing(old: Path) -> None:
    before = dump(old)
    Leaderboard(url_of(old)).reach()
    assert dump(old) == before


def test_a_new_database_has_the_schema_of_a_migrated_one(old: Path, tmp_path: Path) -> None:
    def columns(file: Path) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(file)
        found = [
            connection.execute(f"PRAGMA table_info({table})").fetchall()
            for table in ("results", "judge_schema")
        ]
        found.append(connection.execute("PRAGMA index_list(results)").fetchall())
        connection.close()
        return found

    new = tmp_path / "new.db"
    Leaderboard(url_of(new)).record(verdict().as_json(), provenance())
    Leaderboard(url_of(old)).records()
    assert columns(new) == columns(old)
    names = [name for _, name, *_ in columns(new)[0]]
    assert sorted(names) == sorted(column.name for column in RESULTS.columns)
    assert sorted(names) == sorted(["id", "time", *(column.name for column in COLUMNS)])
    # The migrations make the table, COLUMNS reads it: both say the same of what may be empty.
    assert {name: bool(there) for _, name, _, there, *_ in columns(new)[0]} == {
        column.name: not column.nullable for column in RESULTS.columns
    }


def test_the_command_reads_an_old_database(judge_command: Judge, old: Path) -> None:
    done = judge_command("leaderboard", "--all", "--json", "--database", url_of(old))
    assert done.returncode == 0, done.stderr
    assert {row["id"]: row["code"] for row in json.loads(done.stdout)} == {
        row["id"]: Python().digest(row["source"]) for row in old_rows()
    }


# -- a newer one --------------------------------------------------------------------------------------


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_newer_database_is_refused_and_left_alone(
    judge_command: Judge, tmp_path: Path, journal: str
) -> None:
    Leaderboard(url_of(tmp_path / "board.db")).record(verdict().as_json(), provenance())
    file = tmp_path / "newer.db"
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA journal_mode={journal}")
    connection.executescript("\n".join(dump(tmp_path / "board.db")))
    connection.execute("UPDATE judge_schema SET version = version + 1")
    connection.execute("ALTER TABLE results RENAME TO verdicts")  # whatever a newer judge may do
    connection.commit()
    connection.close()
    before = file.read_bytes()
    board = Leaderboard(url_of(file))
    line = json.loads(REFERENCES.read_text().splitlines()[0])
    (tmp_path / "rows.jsonl").write_text(json.dumps(line) + "\n")
    uses: list[Callable[[], object]] = [
        board.reach,
        board.records,
        lambda: Standings(url_of(file)),
        lambda: board.record(verdict().as_json(), provenance()),
        lambda: board.import_(tmp_path / "rows.jsonl"),
        lambda: write_lines(tmp_path / "exported.jsonl", board.records()),
    ]
    known = len(STEPS)
    said = f"the leaderboard was made by a newer judge (schema {known + 1}, this one knows {known}): update "
    for use in uses:
        with pytest.raises(BadInput, match=re.escape(said)) as caught:
            use()
        assert len(str(caught.value).splitlines()) == 1
    endless = ROOT / "tests" / "submissions" / "infinite_loop.py"
    commands = [("leaderboard",), ("list",), ("submit", "softmax", endless, "--device", "interpreter")]
    for command in commands:
        done = judge_command(*command, "--database", url_of(file))
        assert (done.returncode, done.stdout) == (2, "")
        assert re.fullmatch(rf"judge: {re.escape(said)}[^\n]+\n", done.stderr)
    assert file.read_bytes() == before
    assert not (tmp_path / "exported.jsonl").exists()


# -- many at once -------------------------------------------------------------------------------------

OPENER = """\
import sys, time
from pathlib import Path
from judge.board.columns import Provenance
from judge.board.store import Leaderboard
from judge.verdict.verdict import Verdict
folder, name = Path(sys.argv[1]), sys.argv[2]
verdict = Verdict("accepted", "softmax", "mine.py", "GPU A", 1, score_us=10.0)
where = Provenance("c1", "s1", "source", name, "1", "2", "3", "4")
(folder / f"ready {name}").touch()
while not (folder / "go").exists():
    time.sleep(0.001)
board = Leaderboard(f"sqlite:///{folder}/old.db")
if int(name) % 2:
    board.record(verdict.as_json(), where)
print(len(board.records()))
"""


def test_twenty_that_open_an_old_database_at_once_migrate_it_once(tmp_path: Path) -> None:
    """Half of them read, half of them record; none fails, and nothing is lost."""
    file = tmp_path / "old.db"
    rows = [row | dict(id=f"{row['id']} {n}") for n in range(100) for row in old_rows()]
    make_old(file, rows)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    names = [str(n) for n in range(20)]
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, tmp_path, name],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    until = time.monotonic() + 120
    while len(list(tmp_path.glob("ready *"))) < len(names) and time.monotonic() < until:
        time.sleep(0.01)
    (tmp_path / "go").touch()
    told = [opener.communicate(timeout=120) for opener in openers]
    assert [err for _, err in told] == [""] * len(names)
    assert all(len(rows) <= int(out) <= len(rows) + 10 for out, _ in told)
    found = Leaderboard(url_of(file)).records()
    assert of_old(found).items() >= by_id(rows).items()
    new = [row for row in found if row["id"] not in by_id(rows)]
    assert sorted(row["author"] for row in new) == sorted(name for name in names if int(name) % 2)
    assert all(row["code"] == Python().digest(row["source"]) for row in found)
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT version FROM judge_schema").fetchall() == [(len(STEPS),)]
    connection.close()


# -- one more step ------------------------------------------------------------------------------------


def add_clock(connection: sql.Connection) -> None:
    """A step as a later judge may have it."""
    connection.execute(sql.text("ALTER TABLE results ADD COLUMN clock_mhz INTEGER DEFAULT 0"))


@pytest.mark.parametrize("start", ["nothing", "old", "newest"])
def test_a_new_column_is_one_step(tmp_path: Path, start: str) -> None:
    file = tmp_path / "board.db"
    if start != "nothing":
        make_old(file)
    if start == "newest":
        Leaderboard(url_of(file)).records()
    engine = sql.create_engine(url_of(file))
    steps = (*STEPS, add_clock)
    for _ in range(2):  # the second time there is nothing to do
        with engine.begin() as connection:
            migrate(connection, steps=steps)
        with engine.begin() as connection:
            assert version(connection, len(steps)) == len(steps)
            rows = [dict(row) for row in connection.execute(sql.text("SELECT * FROM results")).mappings()]
        assert [row.pop("clock_mhz") for row in rows] == [0] * len(rows)
        for row in rows:
            row["shared"] = bool(row["shared"])
        assert of_old(rows) == ({} if start == "nothing" else by_id(old_rows()))
    engine.dispose()
    with pytest.raises(BadInput, match="made by a newer judge"):
        Leaderboard(url_of(file)).records()


def test_a_step_that_fails_leaves_all_as_it_was(old: Path) -> None:
    def fail(connection: sql.Connection) -> None:
        raise RuntimeError("in the middle")

    before = dump(old)
    engine = sql.create_engine(url_of(old))
    sql.event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    sql.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with pytest.raises(RuntimeError, match="in the middle"), engine.begin() as connection:
        migrate(connection, steps=(*STEPS, add_clock, fail))
    engine.dispose()
    assert dump(old) == before
