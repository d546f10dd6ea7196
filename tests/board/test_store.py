"""The leaderboard: rows, ranks, files of rows, many writers at once, and databases that are not there."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.board.boards import boards, history, public
from judge.board.columns import Provenance, Record
from judge.board.lines import write_lines
from judge.board.standings import CLOCKS, Standings, benchmarks_of, rank_of
from judge.board.store import Leaderboard, database_url
from judge.challenges.formats.folder import Folder
from judge.errors import BadInput
from judge.judging.benchmark import score
from judge.verdict.diagnosis import Diagnosis, Remark
from judge.verdict.verdict import BenchmarkResult, CaseResult, Conditions, Verdict
from judge.workspace import shipped

ROOT = Path(__file__).resolve().parents[2]


def export(board: Leaderboard, path: Path, challenge: str | None = None) -> int:
    return write_lines(path, board.records(challenge))


def result(
    median: float = 10.0, speedup: float | None = 2.0, roofline: float | None = 0.5
) -> BenchmarkResult:
    return BenchmarkResult(
        name="n=4",
        median_us=median,
        ci95_us=(0.995 * median, 1.005 * median),
        samples=12,
        method="replay",
        baselines={"torch": {"median_us": 20.0, "ci95_us": (19.0, 21.0), "method": "replay"}},
        speedup=speedup,
        bytes=48,
        flops=0,
        roofline_us=None if roofline is None else roofline * median,
        roofline=roofline,
    )


def verdict(score_us: float | None = 10.0, **changes: Any) -> Verdict:
    method = changes.get("method", "replay")
    noisy = "too wide" if changes.get("noisy") else ""
    plain: dict[str, Any] = dict(
        status="accepted",
        challenge="softmax",
        solution="mine.py",
        device="GPU A",
        seed=7,
        cases=[CaseResult("n=1", "accepted", 1e-8, 1e-5)],
        benchmarks=[replace(result(score_us or 10.0), method=method, noisy=noisy)],
        score_us=score_us,
        method="replay" if score_us else None,
    )
    return Verdict(**(plain | changes))


def provenance(author: str = "ada", challenge_hash: str = "c1") -> Provenance:
    return Provenance(
        challenge_hash=challenge_hash,
        solution_hash="s1",
        source="def solve(): ...\n",
        author=author,
        driver="570.1",
        torch="2.11",
        triton="3.6",
        judge="0.1.0",
    )


def saying(text: str) -> Diagnosis:
    """The diagnosis of a verdict that says this."""
    return Diagnosis((Remark(text),))


def place(board: Leaderboard, judged: Verdict, where: Provenance) -> tuple[int, int] | None:
    """Record a verdict. Returns its rank and the number of entries, None if it has no time."""
    return rank_of(board, board.record(judged.as_json(), where))


def on_board(board: Leaderboard, device: str | None, digest: str | None) -> list[Record]:
    """The records on the board of softmax, one device after the other, each fastest first."""
    found = Standings(board.url).boards("softmax", digest)
    places = [(CLOCKS.index(each.method), each.device) for each in found]
    assert places == sorted(set(places))
    for each in found:
        assert [(entry.rank, entry.entries) for entry in each.entries] == [
            (rank, len(each.entries)) for rank in range(1, len(each.entries) + 1)
        ]
        assert {entry.record["method"] for entry in each.entries} == {each.method}
    records = [entry.record for each in found for entry in each.entries]
    return [record for record in records if device in (None, record["device"])]


@pytest.fixture
def board(tmp_path: Path) -> Leaderboard:
    return Leaderboard(f"sqlite:///{tmp_path}/board.db")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, with no database named elsewhere."""
    folder = tmp_path / "here"
    (folder / "challenges").mkdir(parents=True)  # so that this is the workspace
    monkeypatch.chdir(folder)
    monkeypatch.delenv("JUDGE_DATABASE_URL", raising=False)
    return folder


# -- rows and ranks -----------------------------------------------------------------------------------


def test_what_is_recorded_is_there(board: Leaderboard) -> None:
    assert place(board, verdict(diagnosis=saying("µ\n\u2028"), seed=2**63 - 1), provenance()) == (1, 1)
    [row] = board.records()
    assert len(row["id"]) == 32
    assert row["time"].endswith("+00:00")
    assert json.loads(row["verdict"]) == json.loads(
        json.dumps(verdict(diagnosis=saying("µ\n\u2028"), seed=2**63 - 1).as_json())
    )
    assert json.loads(row["verdict"])["diagnosis"]["problems"] == [dict(kind="remark", text="µ\n\u2028")]
    for name, value in provenance().__dict__.items():
        assert row[name] == value
    assert (row["status"], row["challenge"], row["solution"], row["device"], row["seed"]) == (
        "accepted",
        "softmax",
        "mine.py",
        "GPU A",
        2**63 - 1,
    )
    assert (row["score_us"], row["speedup"], row["roofline"], row["shared"]) == (10.0, 2.0, 0.5, False)


def test_rows_come_oldest_first(board: Leaderboard) -> None:
    for seed in range(5):
        board.record(verdict(seed=seed).as_json(), provenance())
        time.sleep(0.002)  # times have milliseconds
    assert [row["seed"] for row in board.records()] == [0, 1, 2, 3, 4]
    assert [row["seed"] for row in board.records("softmax")] == [0, 1, 2, 3, 4]
    assert board.records("vector_add") == []


def test_ranks_follow_the_times(board: Leaderboard) -> None:
    assert place(board, verdict(10.0), provenance("ada")) == (1, 1)
    assert place(board, verdict(20.0), provenance("bob")) == (2, 2)
    assert place(board, verdict(5.0), provenance("eve")) == (1, 3)
    assert place(board, verdict(7.0, solution="other.py"), provenance("ada")) == (2, 4)
    found = [(e["author"], e["solution"], e["score_us"]) for e in on_board(board, "GPU A", "c1")]
    assert found == [
        ("eve", "mine.py", 5.0),
        ("ada", "other.py", 7.0),
        ("ada", "mine.py", 10.0),
        ("bob", "mine.py", 20.0),
    ]


def test_an_author_has_one_entry_per_solution_the_best(board: Leaderboard) -> None:
    board.record(verdict(10.0).as_json(), provenance("ada"))
    board.record(verdict(8.0).as_json(), provenance("bob"))
    assert place(board, verdict(5.0), provenance("ada")) == (1, 2)
    assert place(board, verdict(50.0), provenance("ada")) == (1, 2)  # the better one stands
    assert [e["score_us"] for e in on_board(board, "GPU A", "c1")] == [5.0, 8.0]
    assert len(board.records()) == 4


def test_who_was_first_ranks_first_at_the_same_time(board: Leaderboard) -> None:
    board.record(verdict(10.0).as_json(), provenance("zoe"))
    time.sleep(0.002)
    assert place(board, verdict(10.0), provenance("ada")) == (2, 2)


def test_another_device_is_another_board(board: Leaderboard) -> None:
    board.record(verdict(5.0, device="GPU A").as_json(), provenance("ada"))
    assert place(board, verdict(10.0, device="GPU B"), provenance("bob")) == (1, 1)
    assert [e["device"] for e in on_board(board, None, "c1")] == ["GPU A", "GPU B"]


def test_a_changed_challenge_starts_a_new_board(board: Leaderboard) -> None:
    board.record(verdict(5.0).as_json(), provenance("ada", challenge_hash="c1"))
    assert place(board, verdict(10.0), provenance("bob", challenge_hash="c2")) == (1, 1)
    assert [e["author"] for e in on_board(board, None, "c1")] == ["ada"]
    assert [e["author"] for e in on_board(board, None, "c2")] == ["bob"]
    assert len(on_board(board, "GPU A", None)) == 2


@pytest.mark.parametrize(
    "unranked",
    [
        verdict(None, device="interpreter", benchmarks=[]),
        verdict(None, status="wrong_answer", benchmarks=[]),
        verdict(3.0, status="rule_violation"),
        verdict(3.0, noisy=True),
        verdict(3.0, method="process", noisy=True),
    ],
)
def test_what_has_no_time_or_a_noisy_one_is_recorded_but_has_no_rank(
    board: Leaderboard, unranked: Verdict
) -> None:
    assert place(board, unranked, provenance()) is None
    assert len(board.records()) == 1
    assert {e["author"] for e in on_board(board, None, None)} == {"reference"}


def test_two_clocks_are_never_ranked_together(board: Leaderboard) -> None:
    assert place(board, verdict(10.0), provenance("ada")) == (1, 1)
    assert place(board, verdict(1.0, method="process"), provenance("ada")) == (1, 1)
    assert place(board, verdict(2.0, method="process"), provenance("bob")) == (2, 2)
    assert place(board, verdict(0.1, method=None), provenance("eve")) == (1, 1)  # of an older judge
    assert place(board, verdict(5.0, device="GPU B"), provenance("bob")) == (1, 1)
    found = Standings(board.url).boards("softmax", "c1")
    assert [(b.device, b.method, [e.record["score_us"] for e in b.entries]) for b in found] == [
        ("GPU A", "replay", [10.0]),
        ("GPU B", "replay", [5.0]),
        ("GPU A", "process", [1.0, 2.0]),
        ("GPU A", None, [0.1]),
    ]


def test_a_noisy_time_is_recorded_and_counts_nowhere(board: Leaderboard, here: Path) -> None:
    board.record(verdict(9.0).as_json(), provenance())
    board.record(verdict(3.0, noisy=True).as_json(), provenance())
    standings = Standings(board.url)
    [found] = standings.boards("softmax", "c1")
    assert [e.record["score_us"] for e in found.entries] == [9.0]
    assert [r["score_us"] for r in found.history] == [9.0]
    best = standings.own_best("softmax", "c1")
    assert best and best["score_us"] == 9.0
    assert [(public(r)["score_us"], public(r)["noisy"]) for r in history(standings, "softmax", None)] == [
        (9.0, False),
        (3.0, True),
    ]


def test_the_best_time_is_of_the_clock_that_counts_most(board: Leaderboard) -> None:
    times: list[tuple[float, Any]] = [(0.1, None), (1.0, "process"), (9.0, "replay"), (5.0, "replay")]
    for count, expected in enumerate((0.1, 1.0, 9.0, 5.0), 1):
        score_us, method = times[count - 1]
        board.record(verdict(score_us, method=method).as_json(), provenance())
        best = Standings(board.url).own_best("softmax", "c1")
        assert best and best["score_us"] == expected


def test_a_time_of_a_clock_that_is_not_known_is_not_ranked(board: Leaderboard) -> None:
    assert place(board, verdict(3.0, method="sundial"), provenance()) is None
    assert Standings(board.url).own_best("softmax", "c1") is None


def test_benchmarks_are_read_back_as_they_were_recorded(board: Leaderboard) -> None:
    conditions = Conditions((1410, 1980), ["power cap"], True)
    told = replace(result(), noisy="the interval is 9 % wide", conditions=conditions)
    record = board.record(verdict(benchmarks=[told]).as_json(), provenance())
    [found] = benchmarks_of(record)
    assert (found.noisy, found.conditions) == (told.noisy, told.conditions)


@pytest.mark.parametrize(
    "change",
    [
        dict(noisy=3),
        dict(conditions=None),
        dict(conditions=[1]),
        dict(conditions=dict(weather="bad")),
        dict(conditions=dict(sm_mhz=[1])),
        dict(conditions=dict(sm_mhz="no")),
        dict(conditions=dict(throttled="power cap")),
        dict(conditions=dict(throttled=[3])),
    ],
)
def test_a_benchmark_of_another_form_is_left_out(board: Leaderboard, change: dict[str, Any]) -> None:
    told = verdict().as_json()
    [good] = told["benchmarks"]
    told["benchmarks"] = [good | change, good | dict(name="n=5")]
    assert [each.name for each in benchmarks_of(board.record(told, provenance()))] == ["n=5"]


def test_benchmarks_of_an_older_clock_can_be_read(board: Leaderboard) -> None:
    told = verdict(method=None).as_json()
    [old] = told["benchmarks"]
    del old["noisy"], old["conditions"]
    told["benchmarks"] = [old | dict(method=method) for method in ("graph", "eager", "staged")]
    found = benchmarks_of(board.record(told, provenance()))
    assert [(each.method, each.noisy, each.conditions) for each in found] == [
        (method, "", Conditions()) for method in ("graph", "eager", "staged")
    ]


@pytest.mark.parametrize(
    ("speedups", "mean"),
    [([2.0, 8.0], 4.0), ([3.0], 3.0), ([1.0, 10.0, 100.0], 10.0), ([2.0, None], None), ([], None)],
)
def test_means_over_benchmarks_are_geometric(
    board: Leaderboard, speedups: list[float | None], mean: float | None
) -> None:
    board.record(
        verdict(benchmarks=[result(speedup=s, roofline=s) for s in speedups]).as_json(), provenance()
    )
    [row] = board.records()
    assert (row["speedup"], row["roofline"]) == (mean, mean)


def test_the_score_is_the_geometric_mean_of_the_times() -> None:
    assert score([result(1.0), result(100.0)]) == pytest.approx(10.0)
    assert score([result(2.0), result(4.0), result(8.0)]) == pytest.approx(4.0)
    assert score([]) is None
    assert score([result(0.0), result(4.0)]) is None


# -- boards of the challenges as they are -------------------------------------------------------------


def test_boards_are_of_the_challenges_as_they_are_now(board: Leaderboard, here: Path) -> None:
    now = Folder().digest(shipped() / "challenges" / "softmax")
    board.record(verdict(5.0).as_json(), provenance("ada", challenge_hash="as it was"))
    board.record(verdict(9.0).as_json(), provenance("bob", challenge_hash=now))
    board.record(verdict(4.0, device="GPU B").as_json(), provenance("bob", challenge_hash=now))
    board.record(verdict(3.0, challenge="gone").as_json(), provenance("eve"))
    standings = Standings(board.url)
    found = boards(standings, None, "gpu")  # not the device of the times that judge brings
    assert {
        name: [e.record["author"] for each in of_challenge for e in each.entries]
        for name, of_challenge in found.items()
    } == {
        "softmax": ["bob", "bob"],
        "gone": ["eve"],  # its folder is no more, so there is no other board
    }
    [on_b] = boards(standings, "softmax", "gpu b")["softmax"]
    assert [e.record["score_us"] for e in on_b.entries] == [4.0]
    assert boards(standings, "challenges/softmax", "no such device") == {}
    assert [r["author"] for r in history(standings, "softmax", None)] == ["ada", "bob", "bob"]
    assert len(history(standings, None, None)) == 4
    with pytest.raises(BadInput, match="did you mean softmax"):
        boards(standings, "sofmax", None)


def test_entries_for_people_carry_no_source(board: Leaderboard, here: Path) -> None:
    board.record(verdict(5.0, challenge="gone").as_json(), provenance())
    [of_gone] = boards(Standings(board.url), None, None)["gone"]
    shown = public(of_gone.entries[0].record)
    assert not {"source", "verdict"} & set(shown)
    json.dumps(shown)


def test_a_database_in_memory_ranks_too(here: Path) -> None:
    assert place(Leaderboard("sqlite://"), verdict(5.0), provenance()) == (1, 1)


# -- code that has changed since ----------------------------------------------------------------------

SOURCE = '"""# Mine"""\nCHALLENGE = "softmax"\n\n\ndef solve(x, out): ...\n'


def outdated(url: str) -> dict[str, bool]:
    """By solution, whether its time is marked."""
    entries = [e for board in Standings(url).boards("softmax", "c1") for e in board.entries]
    return {entry.record["solution"]: entry.outdated for entry in entries}


def test_a_time_is_outdated_when_the_code_in_solutions_has_changed(board: Leaderboard, here: Path) -> None:
    (here / "solutions").mkdir()
    path = here / "solutions" / "mine.py"
    path.write_text(SOURCE)
    (here / "mine.py").write_text("other = 1\n")
    where = replace(provenance(), source=SOURCE)
    for solution in ("solutions/mine.py", "mine.py", "solutions/gone.py", "solutions/../mine.py", "/mine.py"):
        board.record(verdict(solution=solution).as_json(), where)
    still = dict.fromkeys(("mine.py", "solutions/gone.py", "solutions/../mine.py", "/mine.py"), False)
    assert outdated(board.url) == {"solutions/mine.py": False, **still}
    path.write_text(SOURCE.replace("Mine", "Mine, in 10 µs") + "# a remark\n")
    assert outdated(board.url) == {"solutions/mine.py": False, **still}
    path.write_text(SOURCE + "FASTER = True\n")
    assert outdated(board.url) == {"solutions/mine.py": True, **still}
    board.record(
        verdict(5.0, solution="solutions/mine.py").as_json(), replace(where, source=path.read_text())
    )
    assert outdated(board.url) == {"solutions/mine.py": False, **still}  # the best is of this code again
    path.unlink()
    assert outdated(board.url) == {"solutions/mine.py": False, **still}


def test_a_file_that_cannot_be_read_keeps_nobody_from_the_board(board: Leaderboard, here: Path) -> None:
    (here / "solutions").mkdir()
    (here / "solutions" / "latin.py").write_bytes(b'"""\xe9"""\n')
    (here / "solutions" / "folder.py").mkdir()
    assert place(board, verdict(), provenance()) == (1, 1)
    assert place(board, verdict(9.0, solution="solutions/latin.py"), provenance()) == (1, 2)
    assert place(board, verdict(8.0, solution="solutions/folder.py"), provenance()) == (1, 3)
    assert place(board, verdict(7.0, solution="solutions/" + "x" * 5000), provenance()) == (1, 4)
    assert place(board, verdict(6.0, solution="solutions/\0.py"), provenance()) == (1, 5)
    assert set(outdated(board.url).values()) == {False}


# -- export and import --------------------------------------------------------------------------------


def test_what_is_exported_is_imported_as_it_was(board: Leaderboard, tmp_path: Path) -> None:
    board.record(verdict(5.0, warnings=["µ"], output="a\nb\u2028c").as_json(), provenance("Åda"))
    wrong = verdict(None, status="wrong_answer", benchmarks=[], diagnosis=saying("no"))
    board.record(wrong.as_json(), provenance("bob"))
    board.record(verdict(None, device="interpreter", benchmarks=[]).as_json(), provenance("eve"))
    file = tmp_path / "rows.jsonl"
    assert export(board, file) == 3
    assert len(file.read_text().splitlines()) == 3
    other = Leaderboard(f"sqlite:///{tmp_path}/other.db")
    assert other.import_(file) == (3, 0)
    assert other.records() == board.records()
    assert other.import_(file) == (0, 3)
    assert other.records() == board.records()
    # Back again, with a row that is new here.
    other.record(verdict(2.0).as_json(), provenance("zoe"))
    export(other, file)
    assert board.import_(file) == (1, 3)
    assert board.records() == other.records()


def test_lines_of_older_judges_are_imported(board: Leaderboard, line: dict[str, Any], tmp_path: Path) -> None:
    new = ("version", "method", "noisy")
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({key: value for key, value in line.items() if key not in new}) + "\n")
    assert board.import_(file) == (1, 0)
    [row] = board.records()
    assert (row["method"], row["noisy"]) == (None, False)


def test_the_clock_and_the_noise_are_exchanged(board: Leaderboard, tmp_path: Path) -> None:
    board.record(verdict(method="process", noisy=True).as_json(), provenance())
    export(board, tmp_path / "rows.jsonl")
    other = Leaderboard(f"sqlite:///{tmp_path}/other.db")
    other.import_(tmp_path / "rows.jsonl")
    [row] = other.records()
    assert (row["method"], row["noisy"]) == ("process", True)


def test_one_challenge_can_be_exported(board: Leaderboard, tmp_path: Path) -> None:
    board.record(verdict().as_json(), provenance())
    board.record(verdict(challenge="vector_add").as_json(), provenance())
    assert export(board, tmp_path / "rows.jsonl", "vector_add") == 1
    assert json.loads((tmp_path / "rows.jsonl").read_text())["challenge"] == "vector_add"


def test_empty_lines_and_a_line_twice_do_no_harm(board: Leaderboard, tmp_path: Path) -> None:
    board.record(verdict().as_json(), provenance())
    file = tmp_path / "rows.jsonl"
    export(board, file)
    file.write_text(f"\n{file.read_text()}\n{file.read_text()}\n")
    other = Leaderboard(f"sqlite:///{tmp_path}/other.db")
    other.import_(file)
    assert other.records() == board.records()


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A good line of an exported file."""
    folder = tmp_path_factory.mktemp("line")
    board = Leaderboard(f"sqlite:///{folder}/board.db")
    board.record(verdict().as_json(), provenance())
    export(board, folder / "rows.jsonl")
    return json.loads((folder / "rows.jsonl").read_text())


def _changed(**changes: Any) -> dict[str, Any]:
    """The benchmark of a good line with something else in it."""
    return dict(benchmarks=[verdict().as_json()["benchmarks"][0] | changes])


CHANGES: dict[str, dict[str, Any]] = {
    "no id": dict(id=None),
    "a number for an id": dict(id=3),
    "no author": dict(author=None),
    "no source": dict(source=None),
    "no challenge": dict(challenge=None),
    "no benchmarks": dict(benchmarks=None),
    "benchmarks that are none": dict(benchmarks=[1]),
    "a benchmark without a speedup": dict(benchmarks=[{"roofline": 1.0}]),
    "a speedup that is no number": dict(benchmarks=[{"speedup": "fast", "roofline": 1.0}]),
    "a seed that is no number": dict(seed="7"),
    "a seed too large to hold": dict(seed=2**70),
    "a score that is no number": dict(score_us="fast"),
    "a negative score": dict(score_us=-1.0),
    "a score of nothing": dict(score_us=0),
    "an infinite score": dict(score_us=float("inf")),
    "a score that is NaN": dict(score_us=float("nan")),
    "a score too large for a number": dict(score_us=10**400),
    "a speedup too large for a number": dict(benchmarks=[{"speedup": 10**400, "roofline": 1.0}]),
    "half a character": dict(author="\ud800"),
    "a score that is true": dict(score_us=True),
    "a score that does not follow from the times": dict(score_us=9.9),
    "a score without times": dict(benchmarks=[]),
    "a time that is none": dict(time="yesterday"),
    "a time before all GPUs": dict(time="0001-01-01T00:00:00"),
    "a time that no clock shows": dict(time="9999-12-31T23:59:59-23:59"),
    "a version of the future": dict(version=99),
    "a version that is no number": dict(version="x"),
    "cases that are none": dict(cases=5),
    "warnings that are none": dict(warnings="none"),
    "a diagnosis that is none": dict(diagnosis=5),
    "a wide interval without noise": _changed(ci95_us=[1, 1000]),
    "an interval from its end": _changed(ci95_us=[10.1, 9.9]),
    "an interval elsewhere": _changed(ci95_us=[20.0, 20.1]),
    "an interval of nothing": _changed(ci95_us=[float("nan"), float("nan")]),
    "an interval of texts": _changed(ci95_us="ab"),
    "no interval": _changed(ci95_us=None),
    "a roofline of its own": _changed(roofline=50.0),
    "a roofline that is no number": _changed(roofline="x"),
    "a speedup of texts": _changed(speedup="x"),
    "a speedup that no number holds": _changed(speedup=10**400),
    "a time too short for light": _changed(median_us=1e-300) | dict(score_us=1e-300),
    "work with another field": _changed(work={"own": 1.0, "mine": 0.0}),
    "work that is a list": _changed(work=[1]),
    "a time of half a year": dict(score_us=1.6e13, benchmarks=[{"median_us": 1.6e13, "method": "replay"}]),
    "another clock below": dict(benchmarks=[{"median_us": 10.0, "method": "process"}]),
    "work of other shares": dict(benchmarks=[{"median_us": 10.0, "method": "replay", "work": {"own": 7}}]),
    "work of another form": dict(benchmarks=[{"median_us": 10.0, "method": "replay", "work": {"mine": 1}}]),
    "work by no names": dict(
        benchmarks=[{"median_us": 10.0, "method": "replay", "work": {"own": 1, "others": [1]}}]
    ),
    "noise below": dict(benchmarks=[{"median_us": 10.0, "method": "replay", "noisy": "too wide"}]),
    "a seed that is true": dict(seed=True),
    "an empty id": dict(id=""),
    "a status of nothing": dict(status="fine"),
    "a shared that is no answer": dict(shared="no"),
    "a clock that nobody has": dict(method="sundial"),
    "a clock that is no text": dict(method=["replay"]),
    "noise that is no answer": dict(noisy="very"),
}
MALFORMED = {
    "not JSON": "hello",
    "half a line": '{"id": "x", ',
    "a list": "[]",
    "a number": "3",
    "nested lists": "[" * 100_000,
    "an empty object": "{}",
}


def refuse(bad: str, good: dict[str, Any], folder: Path) -> str:
    """What is said of a file whose third line is bad. Nothing may have been imported."""
    file = folder / "rows.jsonl"
    file.write_text(f"{json.dumps(good)}\n\n{bad}\n{json.dumps(good | dict(id='x'))}\n")
    board = Leaderboard(f"sqlite:///{folder}/board.db")
    board.record(verdict().as_json(), provenance())
    before = board.records()
    with pytest.raises(BadInput) as caught:
        board.import_(file)
    assert str(caught.value).startswith(f"{file}:3: ")
    assert len(str(caught.value).splitlines()) == 1
    assert board.records() == before
    return str(caught.value)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_line_with_a_wrong_field_is_named(
    line: dict[str, Any], tmp_path: Path, change: dict[str, Any]
) -> None:
    bad = {name: value for name, value in (line | change).items() if value is not None}
    refuse(json.dumps(bad), line, tmp_path)


@pytest.mark.parametrize("bad", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_line_is_named(line: dict[str, Any], tmp_path: Path, bad: str) -> None:
    refuse(bad, line, tmp_path)


@pytest.mark.parametrize(
    "name", ["id", "time", "author", "source", "status", "challenge", "seed", "benchmarks"]
)
def test_a_missing_field_is_named(line: dict[str, Any], tmp_path: Path, name: str) -> None:
    bad = {key: value for key, value in line.items() if key != name}
    assert f"it has no {name}" in refuse(json.dumps(bad), line, tmp_path)


def test_a_file_that_cannot_be_read_is_named(board: Leaderboard, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"rows\.jsonl cannot be read"):
        board.import_(tmp_path / "rows.jsonl")
    (tmp_path / "rows.jsonl").write_bytes(b"\xff\n")
    with pytest.raises(BadInput, match=r"rows\.jsonl cannot be read"):
        board.import_(tmp_path / "rows.jsonl")


def test_a_place_that_cannot_be_written_is_named(board: Leaderboard, tmp_path: Path) -> None:
    board.record(verdict().as_json(), provenance())
    with pytest.raises(BadInput, match=r"no/such/rows\.jsonl cannot be written"):
        export(board, tmp_path / "no" / "such" / "rows.jsonl")


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@settings(max_examples=30)
@given(
    rows=st.lists(
        st.tuples(words, words, words, st.floats(0.001, 1e9) | st.none(), st.integers(0, 2**63 - 1)),
        max_size=5,
    )
)
def test_any_rows_survive_the_way_through_a_file(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, float | None, int]]
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    one, other = (Leaderboard(f"sqlite:///{folder}/{name}.db") for name in ("one", "other"))
    for author, solution, message, score_us, seed in rows:
        judged = verdict(score_us, solution=solution, diagnosis=saying(message), seed=seed)
        one.record(judged.as_json(), provenance(author))
    if rows:
        export(one, folder / "rows.jsonl")
        assert other.import_(folder / "rows.jsonl") == (len(rows), 0)
        assert other.records() == one.records()


# -- many at once -------------------------------------------------------------------------------------

WRITER = """\
import sys, time
from pathlib import Path
from judge.board.columns import Provenance
from judge.board.store import Leaderboard
from judge.verdict.verdict import Verdict
folder, name = Path(sys.argv[1]), sys.argv[2]
where = Provenance("c1", "s1", "source", name, "1", "2", "3", "4")
(folder / f"ready {name}").touch()
while not (folder / "go").exists():
    time.sleep(0.001)
for seed in range(10):
    verdict = Verdict("accepted", "softmax", "mine.py", "GPU A", seed, score_us=10.0)
    Leaderboard(f"sqlite:///{folder}/board.db").record(verdict.as_json(), where)
"""


def test_twenty_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    names = [f"author {n}" for n in range(20)]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, tmp_path, name], env=environment, stderr=subprocess.PIPE, text=True
        )
        for name in names
    ]
    until = time.monotonic() + 120
    while len(list(tmp_path.glob("ready *"))) < len(names) and time.monotonic() < until:
        time.sleep(0.01)
    (tmp_path / "go").touch()
    told = [writer.communicate(timeout=120)[1] for writer in writers]
    assert told == [""] * len(names)
    rows = Leaderboard(f"sqlite:///{tmp_path}/board.db").records()
    assert sorted((row["author"], row["seed"]) for row in rows) == sorted(
        (n, s) for n in names for s in range(10)
    )
    assert len({row["id"] for row in rows}) == 200


# -- which database -----------------------------------------------------------------------------------


def test_the_database_is_the_option_then_the_variable_then_the_workspaces_own(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert database_url(None) == f"sqlite:///{here}/.judge/leaderboard.db"
    monkeypatch.setenv("JUDGE_DATABASE_URL", f"sqlite:///{here}/variable.db")
    assert database_url(None) == f"sqlite:///{here}/variable.db"
    assert database_url("sqlite:///option.db") == "sqlite:///option.db"
    monkeypatch.setenv("JUDGE_DATABASE_URL", "")
    assert database_url(None) == f"sqlite:///{here}/.judge/leaderboard.db"


def test_the_variables_database_is_used(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_DATABASE_URL", f"sqlite:///{here}/variable.db")
    Leaderboard().record(verdict().as_json(), provenance())
    assert (here / "variable.db").is_file()
    assert not (here / ".judge").exists()


def test_reading_and_reaching_create_nothing(here: Path) -> None:
    before = sorted(here.rglob("*"))
    board = Leaderboard()
    board.reach()
    assert board.records() == []
    # The times that judge brings are there without a database.
    assert {e["author"] for e in on_board(board, None, None)} == {"reference"}
    assert boards(Standings(), None, "no such device") == {}
    assert history(Standings(), None, None) == []
    assert sorted(here.rglob("*")) == before


def test_recording_creates_the_workspaces_own(here: Path) -> None:
    Leaderboard().record(verdict().as_json(), provenance())
    assert (here / ".judge" / "leaderboard.db").is_file()
    assert len(Leaderboard().records()) == 1


UNREACHABLE = {
    "no such folder": "sqlite:////nonexistent/x.db",
    "a folder": "sqlite:////tmp",
    "no driver": "postgresql+nodriver://ada:hunter2@localhost/x",
    "no such backend": "oracel://ada:hunter2@localhost/x",
    "no URL": "leaderboard.db",
    "a port that is no number": "postgresql://ada:hunter2@localhost:port/x",
    "one slash": "postgresql:/ada:hunter2@localhost/x",
    "no colon": "postgresql//ada:hunter2@localhost/x",
}


@pytest.mark.parametrize("url", UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_an_unreachable_database_is_bad_input_without_its_password(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        Leaderboard(url).reach()
    assert len(str(caught.value).splitlines()) == 1
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_database_is_bad_input(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database at all\n" * 100)
    board = Leaderboard(f"sqlite:///{file}")
    for use in (board.reach, board.records, lambda: board.record(verdict().as_json(), provenance())):
        with pytest.raises(BadInput, match=r"notes\.txt cannot be reached: .*not a database"):
            use()
    assert file.read_text() == "not a database at all\n" * 100


def test_a_named_database_that_is_not_there_is_an_empty_board(tmp_path: Path) -> None:
    board = Leaderboard(f"sqlite:///{tmp_path}/x.db")
    assert board.records() == []
    assert export(board, tmp_path / "rows.jsonl") == 0
    assert {e["author"] for e in on_board(board, None, None)} == {"reference"}
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_writing_makes_no_folder_for_a_named_database(tmp_path: Path) -> None:
    board = Leaderboard(f"sqlite:///{tmp_path}/new/x.db")
    with pytest.raises(BadInput, match="cannot be reached"):
        board.record(verdict().as_json(), provenance())
    assert not (tmp_path / "new").exists()


def test_a_line_may_hold_characters_that_end_lines_elsewhere(line: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    text = json.dumps(line | dict(source="a\u2028b\x85c"), ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")
    board = Leaderboard(f"sqlite:///{tmp_path}/board.db")
    assert board.import_(file) == (1, 0)
    [row] = board.records()
    assert row["source"] == "a\u2028b\x85c"


def test_two_different_lines_of_one_id_are_refused(line: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(line | dict(author=author)) + "\n" for author in ("one", "two")))
    board = Leaderboard(f"sqlite:///{tmp_path}/board.db")
    with pytest.raises(BadInput, match=f"two different lines have the id {line['id']}"):
        board.import_(file)
    assert board.records() == []
