"""Every way of failing, each a file in tests/submissions that the real command judges."""

import json
import os
import pwd
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, judge_environment
from schemas import require_form

FOLDER = Path("tests/submissions")
TOKEN = "the-users-own-token"
# Small cases of challenges/softmax: 50 × 50; 3 × 1025, whose tail is one column; 33 × 1000, all about 200.
SQUARE, TAIL, HIGH = 3, 4, 5


@dataclass(frozen=True)
class Told:
    """What the author of a submission is told: the status, and parts of the message.

    `cuda` is where that differs on a GPU. Two statuses are two ways to do it right: what counts is that the
    judge ends and is clean.
    """

    status: str
    parts: tuple[str, ...] = ()
    cuda: "Told | None" = None
    case: int = SQUARE
    timeout: int = 20

    def on(self, device: str) -> "Told":
        return self.cuda if device == "cuda" and self.cuda else self


SIGNATURE = "def solve(x: float32[rows cols], out: float32[rows cols])"
NEVER_WRITTEN = ("2500 of 2500 elements differ", "none of them was ever written")

SUBMISSIONS = {
    # what cannot be loaded
    "syntax_error": Told("compile_error", ("SyntaxError: not a chance", "line 3")),
    "missing_module": Told("compile_error", ("No module named 'no_such_module'", "line 3")),
    "raises_at_import": Told("compile_error", ("ZeroDivisionError", "BLOCK = 1 / 0", "line 3")),
    "no_solve": Told("compile_error", ("defines no function solve(x, out)", SIGNATURE)),
    "one_argument_too_few": Told("compile_error", ("solve(x) does not take", SIGNATURE)),
    # what Triton refuses: the interpreter has no compiler, so it is an error of the run there
    "undefined_name": Told(
        "runtime_error",
        ("is not defined", "scale", "in kernel"),
        cuda=Told("compile_error", ("scale is not defined", "tl.load")),
    ),
    "incompatible_shapes": Told(
        "runtime_error",
        ("incompatible dimensions at index 0: 64 and 32", "in kernel"),
        cuda=Told("compile_error", ("incompatible dimensions at index 0: 64 and 32", "tl.arange(0, 32)")),
    ),
    # what fails while it runs
    "raises": Told(
        "runtime_error", ("IndexError: Dimension out of range", "line 11, in solve", "line 7, in normalize")
    ),
    "deep_recursion": Told("runtime_error", ("RecursionError", "Previous line repeated")),
    "surrogate_in_message": Told("runtime_error", ("ValueError: half a character",)),
    "sys_exit": Told("runtime_error", ("SystemExit: that will do", "in solve")),
    "os_exit": Told("runtime_error", ("the process ended itself with exit code 0",)),
    "segfault": Told("runtime_error", ("SIGSEGV",)),
    "illegal_address": Told(
        "wrong_answer",
        ("illegal_address.py:9: writes outside every buffer",),
        cuda=Told("runtime_error", ("illegal memory access",)),
    ),
    # what takes too much
    "infinite_loop": Told("time_limit", ("no answer within 3 s",), timeout=3),
    "ignores_sigterm": Told("time_limit", ("no answer within 3 s",), timeout=3),
    "never_stops": Told("accepted or rule_violation or runtime_error"),
    "endless_output": Told("runtime_error", ("printed more than 16 MiB",)),
    "allocates_100_gb": Told("runtime_error", ("can't allocate memory", "in solve")),
    "bytearray_100_gb": Told("runtime_error", ("MemoryError", "in solve")),
    "fork_bomb": Told("runtime_error", ("the submission", "more than")),
    "fills_scratch": Told("runtime_error", ("filled its scratch folder",)),
    "fills_scratch_with_folders": Told("runtime_error", ("filled its scratch folder",)),
    "fills_scratch_unlinked": Told("runtime_error", ("filled its scratch folder",)),
    "fills_scratch_deep": Told("runtime_error", ("filled its scratch folder",)),
    # what tries to leave, or to leave something behind
    "leaves_children": Told("accepted"),
    "deep_folders": Told("accepted or runtime_error"),
    "writes_elsewhere": Told("runtime_error", ("PermissionError: refused 2 of 2",)),
    "opens_socket": Told("runtime_error", ("PermissionError", "in solve")),
    "kills_the_judge": Told("runtime_error", ("PermissionError", "in solve")),
    "looks_for_tokens": Told("runtime_error", ("PermissionError", "in solve")),
    # what lies
    "closes_channel": Told("runtime_error", ("closed the judge's channel",)),
    # Which of the two it is depends on when the true "done" of the first run arrives.
    "forges_done": Told("wrong_answer or rule_violation", ("case 3: ",)),
    "forges_garbage": Told("rule_violation", ("something other than an answer",)),
    "cannot_be_replayed": Told("rule_violation", ("something other than an answer",)),
    "forges_nesting": Told("rule_violation", ("something other than an answer",)),
    "writes_nothing": Told("wrong_answer", NEVER_WRITTEN),
    # what is wrong
    "naive_exp": Told(
        "wrong_answer", ("= nan    expected 0.00", "33000 of 33000 elements differ"), case=HIGH
    ),
    "changes_input": Told("wrong_answer", ("the input x was changed",)),
    "writes_past_out": Told("wrong_answer", ("up to 64 bytes past the end of out",), case=TAIL),
    "softmax_dropped_tail": Told(
        "wrong_answer",
        (
            "\n3 of 3075 elements differ, all in the last column\n",
            "\nnone of them was ever written\n",
            "\nhint: is the tail of the row masked?\n",
        ),
        case=TAIL,
    ),
    "softmax_unmasked_tail": Told(
        "wrong_answer",
        (
            "elements differ",
            f"{FOLDER}/softmax_unmasked_tail.py:10: reads outside every buffer (1023 elements of one program",
            f"{FOLDER}/softmax_unmasked_tail.py:12: writes outside every buffer",
            "past the end of out",
        ),
        cuda=Told("wrong_answer", ("elements differ", "past the end of out")),
        case=TAIL,
    ),
    "nondeterministic": Told("accepted"),
}


WAITING = "waiting for another judge to finish with this GPU\n"


def judge_one(judge_command: Any, tmp_path: Path, name: str, device: str) -> dict[str, Any]:
    """Judge a submission, check all that holds for each, and return the verdict's JSON."""
    told = SUBMISSIONS[name]
    path = f"{FOLDER}/{name}.py"
    arguments = ["--device", device, "--json", "--no-record", "--seed", "1"]
    arguments += ["--timeout", str(told.timeout), "--case", str(told.case)]
    environment = judge_environment(tmp_path) | dict(JUDGE_TEST_TOKEN=TOKEN)
    result = judge_command("submit", "challenges/softmax", path, *arguments, env=environment, timeout=60)
    told = told.on(device)
    result.stderr = result.stderr.replace(WAITING, "")  # tests that time may be running beside this one

    assert "Traceback" not in result.stderr, result.stderr
    assert TOKEN not in result.stdout + result.stderr
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1
    assert len(result.stdout) < 40_000
    verdict: dict[str, Any] = json.loads(result.stdout)
    require_form(verdict)
    message = verdict["message"]
    assert verdict["status"] in told.status.split(" or "), message
    assert result.returncode == (0 if verdict["status"] == "accepted" else 1)
    assert verdict["solution"] == path
    assert verdict["benchmarks"] == []
    assert verdict["score_us"] is None
    for part in told.parts:
        assert part in message
    for inner in ("judge/", "site-packages", "torch/nn", str(tmp_path), "solution.py"):
        assert inner not in message, "of no use to the submission's author"
    return verdict


def submissions_outside() -> list[Path]:
    """What writes_elsewhere would write."""
    home = pwd.getpwuid(os.getuid()).pw_dir
    return [path for folder in (home, "/tmp") if (path := Path(folder, "judge-submission-was-here")).exists()]


def test_every_file_is_expected() -> None:
    assert sorted(path.stem for path in (ROOT / FOLDER).glob("*.py")) == sorted(SUBMISSIONS)


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_submission(name: str, judge_command: Any, left_behind: Any, tmp_path: Path) -> None:
    judge_one(judge_command, tmp_path, name, "interpreter")
    assert left_behind() == []
    assert submissions_outside() == []


@pytest.mark.gpu
@pytest.mark.parametrize("name", SUBMISSIONS)
def test_submission_on_a_gpu(name: str, judge_command: Any, left_behind: Any, tmp_path: Path) -> None:
    judge_one(judge_command, tmp_path, name, "cuda")
    assert left_behind() == []
    assert submissions_outside() == []


def test_the_next_submission_is_judged(judge_command: Any, left_behind: Any, tmp_path: Path) -> None:
    for name in ("fork_bomb", "leaves_children", "closes_channel", "fills_scratch"):
        judge_one(judge_command, tmp_path, name, "interpreter")
    good = ("submit", "softmax", "solutions/softmax.py", "--device", "interpreter", "--no-record", "--json")
    result = judge_command(*good, "--case", str(TAIL))
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["status"] == "accepted"
    assert left_behind() == []


def test_what_differs_from_run_to_run_is_a_warning(judge_command: Any, tmp_path: Path) -> None:
    verdict = judge_one(judge_command, tmp_path, "nondeterministic", "interpreter")
    (warning,) = verdict["warnings"]
    assert re.match(r"out differs between two runs on the same inputs in \d+ of 2500 elements", warning)
    assert "case 3: rows=50 cols=50" in warning


def test_the_report_says_where_and_again_shows_the_same_element(judge_command: Any) -> None:
    path = f"{FOLDER}/softmax_dropped_tail.py"
    first = judge_command("submit", "challenges/softmax", path, "--device", "interpreter", "--no-record")
    assert (first.returncode, first.stderr) == (1, "")
    title, empty, *lines = first.stdout.splitlines()
    assert title == f"softmax · {path} · interpreter"
    assert empty == ""
    assert lines[0] == "  wrong answer  case 3: rows=50 cols=50 spread=3.0"
    worst = r"    (out\[\d+, \d+\]) = \S+    expected (\S+)    off by \S+, allowed (\S+)"
    found = re.fullmatch(worst, lines[1])
    assert found
    assert lines[2:5] == [
        "    900 of 2500 elements differ, all from column 32 on",
        "    none of them was ever written",
        "    hint: 32 is a multiple of a block size of 32: is the last block masked?",
    ]
    again = re.fullmatch(
        rf"    again: (judge submit challenges/softmax {re.escape(path)} "
        r"--seed \d+ --case 3 --device interpreter)",
        lines[5],
    )
    assert again
    assert len(lines) == 6

    second = judge_command(*shlex.split(again[1])[1:])
    assert (second.returncode, second.stderr) == (1, "")
    repeated = re.fullmatch(worst, second.stdout.splitlines()[3])
    assert repeated
    # Of one element: its place, the answer, the tolerance. What stands there unwritten is drawn anew.
    assert repeated.groups() == found.groups()


def test_a_report_that_no_encoding_can_print_is_printed_and_recorded(
    judge_command: Any, tmp_path: Path
) -> None:
    path = f"{FOLDER}/surrogate_in_message.py"
    database = f"sqlite:///{tmp_path}/board.db"
    result = judge_command(
        "submit", "softmax", path, "--device", "interpreter", "--seed", "1", "--database", database
    )
    assert "Traceback" not in result.stderr, result.stderr
    assert result.returncode == 1
    assert "runtime error  case 1: rows=1 cols=1" in result.stdout
    assert "ValueError: half a character" in result.stdout
    assert "\x1b" not in result.stdout
    history = judge_command("leaderboard", "--all", "--json", "--database", database)
    assert [row["status"] for row in json.loads(history.stdout)] == ["runtime_error"]


UNREADABLE = {
    "no colon": ("def solve(x, out)\n    pass\n", "SyntaxError: expected ':'"),
    "a NUL": ("def solve(x, out):\n    pass\n\0", "null bytes"),
    "too deep for the parser": (f"x = {'-' * 10_000}1\n", "MemoryError"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_source_that_python_cannot_read_is_a_compile_error(
    name: str, judge_command: Any, tmp_path: Path
) -> None:
    source, told = UNREADABLE[name]
    path = tmp_path / "unreadable.py"
    path.write_text(source)
    arguments = ("--device", "interpreter", "--no-record", "--json", "--case", "1")
    result = judge_command("submit", "softmax", path, *arguments)
    assert "Traceback" not in result.stderr, result.stderr
    assert result.returncode == 1
    verdict = json.loads(result.stdout)
    assert verdict["status"] == "compile_error"
    assert told in verdict["message"]
