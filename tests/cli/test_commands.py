"""The commands, as a person or a program calls them."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from conftest import ROOT, judge_environment

from judge.cli.main import cli
from judge.engine.device import gpu_count
from judge.version import __version__

Judge = Callable[..., CompletedProcess[str]]

CHALLENGES = {path.parent.name for path in (ROOT / "challenges").glob("*/spec.md")}
VERDICT_KEYS = [
    "version",
    "status",
    "challenge",
    "solution",
    "device",
    "seed",
    "message",
    "diagnosis",
    "cases",
    "benchmarks",
    "score_us",
    "method",
    "noisy",
    "rank",
    "entries",
    "skipped",
    "shared",
    "warnings",
    "output",
]


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh empty folder to be in."""
    return tmp_path_factory.mktemp("empty")


def succeed(done: CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- help ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_commands_help_has_an_example(judge_command: Judge, name: str) -> None:
    text = succeed(judge_command(name, "--help"))
    assert re.match(rf"Usage: (python -m )?judge {name} ", text)
    assert re.search(rf"^ +judge {name}\b", text, flags=re.M)


def test_help_lists_the_commands(judge_command: Judge) -> None:
    text = succeed(judge_command("--help"))
    assert re.search(r"^ +judge submit softmax mine\.py", text, flags=re.M)
    for name in cli.commands:
        assert re.search(rf"^  {name} ", text, flags=re.M)
    assert succeed(judge_command("-h")) == text


def test_the_version_is_told(judge_command: Judge) -> None:
    assert succeed(judge_command("--version")) == f"judge, version {__version__}\n"


# -- looking ------------------------------------------------------------------------------------------


def test_list_is_a_table_and_json(judge_command: Judge, empty: Path) -> None:
    table = succeed(judge_command("list", cwd=empty)).splitlines()
    found = json.loads(succeed(judge_command("list", "--json", cwd=empty)))
    assert {each["name"] for each in found} == CHALLENGES
    assert {line.split()[0] for line in table[2:]} == CHALLENGES
    for each in found:
        assert list(each) == [
            *("name", "title", "difficulty", "tags", "origin"),
            *("solutions", "solved", "best_us", "best_device", "best_method"),
        ]
        assert each["solved"] is False
    [softmax] = [each for each in found if each["name"] == "softmax"]
    assert (softmax["title"], softmax["difficulty"], softmax["origin"]) == (
        "Softmax",
        "medium",
        "Triton Puzzles 8",
    )
    assert "reduction" in softmax["tags"]
    assert "solutions/softmax.py" in softmax["solutions"]
    assert list(empty.iterdir()) == []


def test_show_tells_what_to_compute(judge_command: Judge, empty: Path) -> None:
    text = succeed(judge_command("show", "softmax", cwd=empty))
    lines = text.splitlines()
    assert lines[0] == "Softmax"
    assert lines[1] == "medium · reduction, numerics, memory-bound · Triton Puzzles 8"
    assert "    def solve(x: Tensor, out: Tensor) -> None: ..." in lines
    assert "+++" not in text
    assert "\x1b" not in text  # no terminal, no colours
    assert succeed(judge_command("show", ROOT / "challenges" / "softmax", cwd=empty)) == text


def test_an_empty_leaderboard_says_how_to_begin(judge_command: Judge, empty: Path) -> None:
    nobodys = ("leaderboard", "--device", "no such device")
    assert "judge submit" in succeed(judge_command(*nobodys, cwd=empty))
    assert "judge submit" in succeed(judge_command(*nobodys, "softmax", cwd=empty))
    assert json.loads(succeed(judge_command(*nobodys, "--json", cwd=empty))) == []
    assert succeed(judge_command("leaderboard", "--all", cwd=empty)) == "nothing recorded yet\n"
    assert list(empty.iterdir()) == []


def test_doctor_looks_at_everything(judge_command: Judge, empty: Path) -> None:
    lines = succeed(judge_command("doctor", cwd=empty)).splitlines()
    found = {}
    for line in lines:
        points = "GPU|driver|torch|triton|numpy|sandbox|IPC|cache folder|cache|scratch|peaks"
        match = re.fullmatch(rf"  (ok|!!|--)  ({points}) +(.+)", line)
        assert match, line
        found[match[2]] = match[1]
    assert {
        *("GPU", "driver", "torch", "triton", "sandbox", "IPC", "cache folder", "cache", "scratch", "peaks")
    } <= set(found)
    assert found["torch"] == found["triton"] == found["cache folder"] == "ok"
    assert list(empty.iterdir()) == []


# -- judging ------------------------------------------------------------------------------------------


def test_run_tells_the_same_twice_and_leaves_nothing(
    judge_command: Judge, empty: Path, tmp_path: Path
) -> None:
    arguments = ("vector_add", "solutions/vector_add.py", "--device", "interpreter", "--seed", "77", "--json")
    done = [judge_command("run", *arguments, cwd=empty) for _ in range(2)]
    verdict, again = (json.loads(succeed(each)) for each in done)
    assert list(verdict) == VERDICT_KEYS
    assert verdict["version"] == 2
    assert verdict["cases"] == again["cases"]  # names, so shapes; errors, so values
    assert (verdict["status"], verdict["challenge"], verdict["solution"], verdict["device"]) == (
        "accepted",
        "vector_add",
        "solutions/vector_add.py",
        "interpreter",
    )
    assert (verdict["seed"], verdict["message"], verdict["benchmarks"]) == (77, "", [])
    assert (verdict["score_us"], verdict["rank"], verdict["entries"]) == (None, None, None)
    assert len(verdict["cases"]) >= 10
    for case in verdict["cases"]:
        assert list(case) == ["name", "status", "max_error", "allowed"]
    assert json.loads(json.dumps(verdict)) == verdict
    assert done[0].stdout.count("\n") == 1
    assert list(empty.iterdir()) == []
    assert list(tmp_path.glob("judge-*/")) == []


def test_submit_records_what_leaderboard_and_list_show(judge_command: Judge, empty: Path) -> None:
    (empty / ".judge").mkdir()  # the workspace
    below = empty / "deep" / "down"
    below.mkdir(parents=True)
    text = succeed(
        judge_command(
            *("submit", "vector_add", "solutions/vector_add.py"),
            *("--device", "interpreter", "--author", "ada"),
            cwd=below,
        )
    )
    lines = text.splitlines()
    assert lines[0] == "vector_add · solutions/vector_add.py · interpreter"
    assert re.search(r"^  correctness   \d+ cases passed", text, flags=re.M)
    assert lines[-1] == "  accepted      times need a GPU"

    [row] = json.loads(succeed(judge_command("leaderboard", "--all", "--json", cwd=empty)))
    assert (row["challenge"], row["solution"], row["author"], row["status"]) == (
        "vector_add",
        "solutions/vector_add.py",
        "ada",
        "accepted",
    )
    assert (row["device"], row["score_us"], row["speedup"], row["roofline"]) == (
        "interpreter",
        None,
        None,
        None,
    )
    assert f"seed {row['seed']}" in text
    table = succeed(judge_command("leaderboard", "vector_add", "--all", cwd=empty))
    assert re.search(r"vector_add +accepted +interpreter +ada +solutions/vector_add\.py", table)
    # Without a time there is no place on the board itself.
    board = succeed(judge_command("leaderboard", "vector_add", cwd=empty))
    assert "reference" in board
    assert "ada" not in board
    listed = {each["name"]: each for each in json.loads(succeed(judge_command("list", "--json", cwd=empty)))}
    assert listed["vector_add"]["solved"] is True
    assert listed["softmax"]["solved"] is False

    exported = empty / "rows.jsonl"
    assert succeed(judge_command("leaderboard", "--export", exported, cwd=empty)) == ""
    other = f"sqlite:///{empty}/other.db"
    done = judge_command("leaderboard", "--import", exported, "--database", other, cwd=empty)
    assert done.returncode == 0
    assert done.stderr == "1 rows added, 0 already here\n"
    again = json.loads(
        succeed(judge_command("leaderboard", "--all", "--json", "--database", other, cwd=empty))
    )
    assert again == [row]


TAILLESS = """\
import triton
import triton.language as tl

@triton.jit
def kernel(a, b, out, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + i, tl.load(a + i) + tl.load(b + i))

def solve(a, b, out):
    if a.numel() >= 32:
        kernel[(a.numel() // 32,)](a, b, out, BLOCK=32)
"""


def test_a_wrong_answer_can_be_replayed(judge_command: Judge, empty: Path) -> None:
    (empty / "my solution.py").write_text(TAILLESS)
    done = judge_command(
        "submit", "vector_add", "my solution.py", "--device", "interpreter", "--no-record", cwd=empty
    )
    assert done.returncode == 1
    assert "wrong answer  case 1: n=1\n" in done.stdout
    assert "1 of 1 elements differ" in done.stdout
    assert "none of them was ever written" in done.stdout
    [again] = re.findall(r"again: (.*)", done.stdout)
    words = shlex.split(again)
    assert words[0] == "judge"
    replayed = judge_command(*words[1:], cwd=empty)
    assert replayed.returncode == 1
    for told in (r"wrong answer  (.*)", r"expected (\S+)", r"(\d+ of .*)", r"(again: .*)"):
        assert re.findall(told, replayed.stdout) == re.findall(told, done.stdout) != []
    assert [path.name for path in empty.iterdir()] == ["my solution.py"]


# -- bad usage ----------------------------------------------------------------------------------------

SOLVED = ("vector_add", "solutions/vector_add.py")
HERE = ("--device", "interpreter")
BAD = {
    "no such challenge": (("submit", "sofmax", "solutions/softmax.py"), ["sofmax", "did you mean softmax"]),
    "no such challenge to show": (("show", "sofmax"), ["sofmax", "did you mean softmax"]),
    "no such challenge on the board": (("leaderboard", "sofmax"), ["sofmax", "did you mean softmax"]),
    "no such solution": (
        ("submit", "softmax", "solutions/sofmax.py"),
        ["sofmax.py", "did you mean solutions/softmax.py"],
    ),
    "a folder as a solution": (
        ("submit", "softmax", ROOT / "solutions"),
        ["is a folder", "a solution is one file"],
    ),
    "a folder as a challenge": (
        ("submit", ROOT / "solutions", "solutions/softmax.py"),
        ["not a challenge", "spec.md"],
    ),
    "unknown device": (
        ("submit", *SOLVED, "--device", "rocket"),
        ["rocket", "auto, cuda, cuda:N and interpreter"],
    ),
    "a GPU that is not there": (("submit", *SOLVED, "--device", "cuda:99"), ["no such device: cuda:99"]),
    "no folder for the database": (
        ("submit", *SOLVED, *HERE, "--database", "sqlite:////nonexistent/x.db"),
        ["cannot be reached", "/nonexistent"],
    ),
    "no driver for the database": (
        ("submit", *SOLVED, *HERE, "--database", "postgresql+nodriver://ada:hunter2@localhost/x"),
        ["no such database", "ada:***@localhost"],
    ),
    "no folder for the database to read": (
        ("leaderboard", "--database", "sqlite:////nonexistent/x.db"),
        ["cannot be reached", "no such folder: /nonexistent"],
    ),
    "no file to import": (("leaderboard", "--import", "rows.jsonl"), ["rows.jsonl cannot be read"]),
    "an unknown baseline": (
        ("submit", *SOLVED, *HERE, "--baseline", "numpy"),
        ["numpy", "there are torch, compile"],
    ),
    "a case out of range": (("submit", *SOLVED, *HERE, "--case", "99"), ["no case 99", "from 1 to"]),
}
# What click itself refuses: its usage, and the reason.
USAGE = {
    "a negative seed": (("submit", *SOLVED, "--seed", "-1"), ["--seed", "-1"]),
    "a seed that is no number": (("submit", *SOLVED, "--seed", "x"), ["--seed", "x"]),
    "no time at all": (("submit", *SOLVED, "--timeout", "0"), ["--timeout"]),
    "no solution": (("submit", "softmax"), ["SOLUTION"]),
    "an unknown option": (("submit", *SOLVED, "--sed", "1"), ["--sed", "--seed"]),
    "an unknown command": (("sumbit", *SOLVED), ["sumbit"]),
    "run has no board": (("run", *SOLVED, "--author", "ada"), ["--author"]),
}


def refused(done: CompletedProcess[str], cwd: Path, files: Path, words: list[str]) -> None:
    """Exit code 2, nothing on stdout, no traceback, and nothing left behind."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert list(cwd.iterdir()) == []
    assert list(files.glob("judge-*/")) == []


@pytest.mark.parametrize(("arguments", "words"), BAD.values(), ids=BAD.keys())
def test_bad_usage_is_one_line_that_says_what_to_do(
    judge_command: Judge, empty: Path, tmp_path: Path, arguments: tuple[str, ...], words: list[str]
) -> None:
    done = judge_command(*arguments, cwd=empty)
    refused(done, empty, tmp_path, words)
    assert re.fullmatch(r"judge: [^\n]+\n", done.stderr)


@pytest.mark.parametrize(("arguments", "words"), USAGE.values(), ids=USAGE.keys())
def test_wrong_options_are_answered_with_the_usage(
    judge_command: Judge, empty: Path, tmp_path: Path, arguments: tuple[str, ...], words: list[str]
) -> None:
    done = judge_command(*arguments, cwd=empty)
    refused(done, empty, tmp_path, words)
    assert re.match(r"Usage: (python -m )?judge ", done.stderr)
    assert re.search(r"^Error: .+", done.stderr, flags=re.M)


@pytest.mark.skipif(gpu_count()[0] > 0, reason="there is a GPU")
def test_a_gpu_is_asked_for_where_there_is_none(judge_command: Judge, empty: Path, tmp_path: Path) -> None:
    done = judge_command("submit", *SOLVED, "--device", "cuda", cwd=empty)
    refused(done, empty, tmp_path, ["no such device: cuda; ", "--device interpreter works anywhere"])
    assert len(done.stderr.splitlines()) == 1


def test_the_variables_database_is_refused_too(judge_command: Judge, empty: Path, tmp_path: Path) -> None:
    url = "postgresql+nodriver://ada:hunter2@localhost/x"
    for command in ("list", "leaderboard"):
        done = judge_command(
            command, cwd=empty, env=judge_environment(tmp_path) | {"JUDGE_DATABASE_URL": url}
        )
        refused(done, empty, tmp_path, ["judge: no such database", "ada:***@localhost"])


def broken(folder: Path, part: str, text: str) -> Path:
    """A copy of vector_add with one part replaced."""
    made = folder / "challenge"
    made.mkdir()
    for path in (ROOT / "challenges" / "vector_add").glob("*.*"):
        (made / path.name).write_text(text if path.name == part else path.read_text())
    return made


@pytest.mark.parametrize(
    ("part", "text", "place"),
    [
        ("spec.md", '+++\ntitle = "T"\ndifficulty = easy\n+++\n', "spec.md:3: "),
        ("inputs.py", "TESTS = []\nBENCHMARKS = []\nfuzz = None\n", "inputs.py: it must define inputs"),
    ],
)
def test_a_challenge_that_cannot_be_read_is_named_with_its_line(
    judge_command: Judge, empty: Path, tmp_path: Path, part: str, text: str, place: str
) -> None:
    folder = broken(tmp_path, part, text)
    done = judge_command("submit", folder, "solutions/vector_add.py", *HERE, cwd=empty)
    refused(done, empty, tmp_path, [str(folder / place)])
    assert re.fullmatch(r"judge: [^\n]+\n", done.stderr)


def test_a_solution_without_solve_is_told_the_signature(
    judge_command: Judge, empty: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.py"
    path.write_text("def answer(a, b, out):\n    pass\n")
    done = judge_command("submit", "vector_add", path, *HERE, cwd=empty)
    told = (
        f"{path} defines no function solve(a, b, out); expected is def solve(a: float32[n], b: float32[n], "
    )
    assert f"  compile error  {told}out: float32[n])\n" in done.stdout
    assert (done.returncode, done.stderr) == (1, "")


LONG = "a" * 5000


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "softmax", "/".join("abc" for _ in range(3000))),
        ("inspect", "/".join("abc" for _ in range(3000))),
        ("new", "solution", "softmax", "--out", f"{LONG}.py"),
        ("new", "challenge", LONG),
        ("site", "build", "--out", LONG),
    ],
    ids=lambda arguments: " ".join(arguments)[:20],
)
def test_a_name_that_is_too_long_is_a_line(
    arguments: tuple[str, ...], judge_command: Any, tmp_path: Path
) -> None:
    done = judge_command(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("judge: ") and done.stderr.count("\n") == 1


def test_a_time_limit_is_a_number_of_seconds(judge_command: Any) -> None:
    for command in ("run", "submit", "watch", "compare"):
        done = judge_command(command, "softmax", "solutions/softmax.py", "--timeout", "nan")
        assert done.returncode == 2
        assert "not a number of seconds" in done.stderr


def test_a_file_whose_name_is_no_text_is_judged_and_recorded(judge_command: Any, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/bad\xff.py"
    shutil.copy(ROOT / "solutions" / "softmax.py", name)
    database = f"sqlite:///{tmp_path}/board.db"
    done = judge_command(
        *("submit", "softmax", os.fsdecode(name), "--device", "interpreter", "--database", database)
    )
    assert done.returncode == 0, done.stderr
    shown = judge_command("leaderboard", "softmax", "--all", "--database", database)
    assert "bad?.py" in shown.stdout


def test_an_export_of_a_typo_leaves_the_file_as_it_was(judge_command: Judge, tmp_path: Path) -> None:
    kept = tmp_path / "rows.jsonl"
    kept.write_text("precious\n")
    done = judge_command("leaderboard", "sofmax", "--export", kept)
    assert (done.returncode, kept.read_text()) == (2, "precious\n")
    assert "did you mean softmax" in done.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("softmax", "--import"), "--import takes all rows"),
        (("--device", "H200", "--import"), "--import takes all rows"),
        (("--json", "--import"), "--json prints rows"),
        (("--all", "--export"), "--all prints rows"),
    ],
)
def test_options_that_do_not_go_together_are_named(
    options: tuple[str, ...], told: str, judge_command: Judge, tmp_path: Path
) -> None:
    done = judge_command("leaderboard", *options, tmp_path / "rows.jsonl")
    assert done.returncode == 2 and told in done.stderr
    assert not (tmp_path / "rows.jsonl").exists()


def test_a_closed_stdout_is_no_traceback(tmp_path: Path) -> None:
    command = f"exec {sys.executable} -m judge leaderboard softmax >&-"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=judge_environment(tmp_path), capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr


def test_a_comparison_that_judges_nothing_says_so(judge_command: Judge) -> None:
    done = judge_command(
        "compare",
        "softmax",
        "solutions/softmax.py",
        "--device",
        "interpreter",
        "--shape",
        "rows=4096 cols=4096",
    )
    assert "nothing was judged" in done.stdout
