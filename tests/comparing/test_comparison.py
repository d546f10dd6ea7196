"""judge compare: contestants in runners of their own, and the whole command."""

import contextlib
import csv
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from conftest import ROOT

from judge.challenges.finding import find_challenge
from judge.challenges.protocol import sizes_of
from judge.cli.main import cli
from judge.comparing.contestant import Contestant, labels
from judge.comparing.results import Cell, read_record
from judge.engine.device import INTERPRETER, Device
from judge.errors import BadInput
from judge.judging.calls import SizedCase
from judge.judging.correctness import call, differs
from judge.judging.session import Session
from judge.solutions.finding import Solution, read_solution
from judge.solutions.languages.python import Python
from judge.verdict.diagnosis import Raised
from judge.verdict.failure import Failure
from judge.verdict.wording import told

Judge = Callable[..., CompletedProcess[str]]
DEVICE = Device(INTERPRETER)

# -- contestants --------------------------------------------------------------------------------------


def small_case(session: Session) -> SizedCase:
    """The third case of the challenge."""
    case = session.challenge.cases(1)[2]
    return SizedCase(case, sizes_of(session.challenge, case, session.torch_device))


def test_a_runner_leaves_a_baselines_answers_to_be_checked(challenge_with: Callable[[str], Path]) -> None:
    wrong = "def double(x):\n    return 2 * other(x)\n"
    wrong += "def broken(x):\n    raise RuntimeError('no kernel')\n"
    wrong += "def short(x):\n    return x[:1]\n"
    names = 'BASELINES = {"by-hand": other, "twice": double, "none": broken, "short": short}\n'
    with Session(find_challenge(str(challenge_with(wrong + names))), DEVICE) as session:
        sized = small_case(session)
        contestant = Contestant("by-hand", session)
        contestant.load(checked=True)
        assert differs(contestant.runner, session, sized) == ([], [])
        contestant.name = "twice"
        contestant.load(checked=True)
        problems, left_out = differs(contestant.runner, session, sized)
        assert "of 2500 elements differ" in "\n".join(told(problems))
        assert left_out == []
        for name, reason in (("none", "RuntimeError: no kernel"), ("short", "[1, 50] in place of [50, 50]")):
            contestant.name = name
            contestant.load(checked=True)
            found = Cell(name)
            with pytest.raises(Failure) as caught:
                differs(contestant.runner, session, sized)
            contestant.failed(caught.value, found)
            assert found.status == "not_supported"
            assert reason in found.message
            assert "\n" not in found.message


def test_an_output_that_a_baseline_does_not_give_is_not_compared() -> None:
    with Session(find_challenge(str(ROOT / "challenges" / "flash_attention")), DEVICE) as session:
        contestant = Contestant("sdpa", session)
        contestant.load(checked=True)
        assert differs(contestant.runner, session, small_case(session)) == ([], ["lse"])


def test_a_contestant_that_ended_its_runner_has_another() -> None:
    crash = read_solution(ROOT / "tests" / "submissions" / "os_exit.py")
    with Session(find_challenge(str(ROOT / "challenges" / "softmax")), DEVICE) as session:
        contestant, cell = Contestant("os_exit", session, crash), Cell("os_exit")
        first = contestant.runner
        contestant.load()
        with pytest.raises(Failure) as caught:
            call(first, session, small_case(session))
        contestant.failed(caught.value, cell)
        assert (cell.status, cell.median_us) == ("runtime_error", None)
        assert "exit code 0" in cell.message
        contestant.load()
        assert contestant.runner is not first
        assert not first.scratch.exists()


@pytest.mark.parametrize(
    "trap", ["os.symlink(OUTSIDE, __file__)", "os.mkfifo(__file__)", "os.mkdir(__file__)"]
)
def test_a_solution_cannot_make_the_judge_write_elsewhere_or_wait(tmp_path: Path, trap: str) -> None:
    """Its runner serves the next shape too: by then its own file may be anything."""
    outside, mine = tmp_path / "outside", tmp_path / "mine.py"
    outside.write_text("not to be touched")
    head = f"import os\nOUTSIDE = {str(outside)!r}\n"
    mine.write_text(f"{head}os.unlink(__file__)\n{trap}\ndef solve(x, out):\n    out.copy_(x.softmax(-1))\n")
    with Session(find_challenge(str(ROOT / "challenges" / "softmax")), DEVICE, seconds=20.0) as session:
        contestant = Contestant("mine", session, read_solution(mine))
        for _ in range(2):
            with contextlib.suppress(Failure):
                contestant.load()
    assert outside.read_text() == "not to be touched"


def test_a_solution_without_solve_is_left_out_of_a_comparison_alone(judge_command: Judge) -> None:
    broken = "tests/submissions/no_solve.py"
    done = judge_command("compare", "softmax", broken, "solutions/softmax.py", *SMALL, *HERE, "--json")
    assert done.returncode in (0, 1), done.stderr
    rows = json.loads(done.stdout)["rows"]
    found = [{entry["program"]: entry["status"] for entry in row["entries"]} for row in rows]
    assert all((each["no_solve"], each["softmax"]) == ("compile_error", "right") for each in found)


def test_a_baseline_that_needs_too_much_memory_has_no_room() -> None:
    with Session(find_challenge(str(ROOT / "challenges" / "softmax")), DEVICE) as session:
        for raised, status in (
            (Raised("BackendCompilerFailed", "backend raised:", "", out_of_memory=True), "no_room"),
            (Raised("RuntimeError", "no such kernel", ""), "not_supported"),
        ):
            cell = Cell("compile")
            Contestant("compile", session).failed(Failure("runtime_error", raised), cell)
            assert (cell.status, cell.message) == (status, "no such kernel" if "not" in status else "")


@pytest.mark.parametrize(
    ("titles", "names"),
    [
        (("solutions/a.py", "mine/b.py"), ["a", "b"]),
        (("solutions/a.py", "mine/a.py"), ["solutions/a.py", "mine/a.py"]),
        (("mine/torch.py", "b.py"), ["mine/torch.py", "b"]),
        (("a\x1b[2J.py",), ["a[2J"]),
    ],
)
def test_contestants_have_short_names_that_differ(titles: tuple[str, ...], names: list[str]) -> None:
    solutions = [Solution(Path(title), title, "", "", Python()) for title in titles]
    assert labels(solutions, ("torch", "compile")) == names


# -- the command --------------------------------------------------------------------------------------

HERE = ("--device", "interpreter")
SMALL = ("--sweep", "rows=3", "--sweep", "cols=50,64")


def test_without_a_gpu_the_answers_are_judged(judge_command: Judge, left_behind: Any, tmp_path: Path) -> None:
    table, svg = tmp_path / "table.csv", tmp_path / "plot.svg"
    wrong = "tests/submissions/softmax_dropped_tail.py"
    files = ("--csv", table, "--svg", svg)
    programs = ("solutions/softmax.py", wrong)
    done = judge_command("compare", "softmax", *programs, *SMALL, *HERE, *files, "--seed", "5", "--json")
    assert done.returncode == 1
    assert done.stderr == f"there are no times: --svg {svg} is not written\n"
    found = json.loads(done.stdout)
    assert (found["challenge"], found["device"], found["seed"]) == ("softmax", "interpreter", 5)
    assert found["solutions"] == {"softmax": "solutions/softmax.py", "softmax_dropped_tail": wrong}
    statuses = {(r["name"], e["program"]): e["status"] for r in found["rows"] for e in r["entries"]}
    assert statuses == {
        ("rows=3 cols=50", "softmax"): "right",
        ("rows=3 cols=50", "softmax_dropped_tail"): "wrong_answer",
        ("rows=3 cols=64", "softmax"): "right",
        ("rows=3 cols=64", "softmax_dropped_tail"): "right",
    }
    messages = {e["program"]: e["message"] for r in found["rows"] for e in r["entries"] if e["message"]}
    assert messages.keys() == {"softmax_dropped_tail"}
    assert messages["softmax_dropped_tail"].splitlines()[1:] == [
        "54 of 150 elements differ, all from column 32 on",
        "none of them was ever written",
        "hint: 32 is a multiple of a block size of 32: is the last block masked?",
    ]
    assert len(list(csv.DictReader(table.open()))) == 4
    assert not svg.exists()
    assert left_behind() == []


def test_a_program_that_breaks_its_runner_has_another_on_the_next_shape(judge_command: Judge) -> None:
    crash = "tests/submissions/os_exit.py"
    done = judge_command("compare", "softmax", crash, "solutions/softmax.py", *SMALL, *HERE, "--json")
    assert done.returncode == 1
    for found in json.loads(done.stdout)["rows"]:
        crashed, fine = found["entries"]
        assert (crashed["status"], fine["status"]) == ("runtime_error", "right")
        assert "exit code 0" in crashed["message"]


def test_what_the_interpreter_cannot_manage_is_said(judge_command: Judge) -> None:
    large = ("--shape", "rows=2048 cols=512")
    done = judge_command("compare", "softmax", "solutions/softmax.py", *large, *HERE)
    assert done.returncode == 0
    assert "too large for the interpreter" in done.stdout


REFUSED = {
    "an unknown challenge": (("sofmax", "solutions/softmax.py"), "did you mean softmax"),
    "an unknown solution": (("softmax", "solutions/sofmax.py"), "did you mean solutions/softmax.py"),
    "an unknown key": (("softmax", "solutions/softmax.py", "--sweep", "row=3"), "did you mean rows?"),
    "no value": (("softmax", "solutions/softmax.py", "--sweep", "rows"), "key=value"),
    "a shape that cannot be drawn": (("softmax", "solutions/softmax.py", "--shape", "rows=-1"), "rows=-1"),
    "an unknown baseline": (
        ("flash_attention", "solutions/flash_attention_2.py", "--against", "torch,sdpa-flsh"),
        "did you mean sdpa-flash?",
    ),
    "a file nowhere": (("softmax", "solutions/softmax.py", "--csv", "nowhere/x.csv"), "there is no folder"),
    "nobody": (("softmax",), "name a solution"),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_makes_no_sense_is_refused_in_a_line(
    arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(cli, ["compare", *arguments, *HERE])
    assert isinstance(result.exception, BadInput)
    assert words in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_record_that_is_none_is_refused_before_the_work(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n")
    arguments = ["softmax", "solutions/softmax.py", *HERE, "--record", str(path)]
    result = CliRunner().invoke(cli, ["compare", *arguments])
    assert isinstance(result.exception, BadInput)
    assert path.read_text() == "my notes\n"


def test_submit_takes_a_named_baseline_and_refuses_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    arguments = ["flash_attention", "solutions/flash_attention_2.py", *HERE, "--no-record", "--case", "1"]
    result = CliRunner().invoke(cli, ["submit", *arguments, "--baseline", "sdpa-flash"])
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(cli, ["submit", *arguments, "--baseline", "sdpa-flush"])
    assert isinstance(result.exception, BadInput)
    assert "did you mean sdpa-flash?" in str(result.exception)


# -- on a GPU -----------------------------------------------------------------------------------------


@pytest.mark.gpu
def test_programs_are_timed_beside_one_another(
    judge_command: Judge, left_behind: Any, tmp_path: Path
) -> None:
    svg, record = tmp_path / "plot.svg", tmp_path / "record.jsonl"
    done = judge_command(
        *("compare", "vector_add", "solutions/vector_add.py", "--against", "torch,compile"),
        *("--sweep", "n=65536,16777216", "--svg", svg, "--record", record, "--json"),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for each in found["rows"]:
        assert [e["program"] for e in each["entries"]] == ["vector_add", "torch", "compile"]
        for timed in each["entries"]:
            assert (timed["status"], timed["method"]) == ("timed", "replay"), timed
            assert timed["samples"] >= 12
            assert 0 < timed["roofline"] < 1.3
        assert each["entries"][1]["speedup"] == 1.0
    small, large = found["rows"]
    assert large["entries"][0]["median_us"] > 10 * small["entries"][0]["median_us"]
    assert set(found["means"]) == {"vector_add", "torch", "compile"}
    assert len(read_record(record)) == 1
    ElementTree.fromstring(svg.read_text())
    assert left_behind() == []


@pytest.mark.gpu
@pytest.mark.parametrize(
    ("challenge", "solution", "against"),
    [
        ("flash_attention", "flash_attention_2", "torch,sdpa,sdpa-flash,sdpa-cudnn,sdpa-efficient,flex"),
        (
            "flash_attention_backward",
            "flash_attention_backward",
            "torch,sdpa-flash,sdpa-cudnn,sdpa-efficient",
        ),
        (
            "flash_attention_training",
            "flash_attention_training",
            "torch,sdpa,sdpa-math,sdpa-flash,sdpa-cudnn,sdpa-efficient,flex",
        ),
    ],
)
def test_attention_is_timed_beside_pytorchs_own(
    judge_command: Judge, challenge: str, solution: str, against: str
) -> None:
    shape = "batch=2 heads=4 seq=1024 dim=64 causal=True"
    done = judge_command(
        *("compare", challenge, f"solutions/{solution}.py", "--against", against, "--json"),
        *("--shape", f"{shape} dtype=bf16", "--shape", f"{shape} dtype=fp32"),
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    narrow, wide = json.loads(done.stdout)["rows"]
    for timed in narrow["entries"]:
        assert timed["status"] == "timed", timed
        assert "differs" not in timed["note"], done.stdout
    refused = {e["program"] for e in wide["entries"] if e["status"] == "not_supported"}
    assert refused >= {"sdpa-flash", "sdpa-cudnn"}
    assert {e["program"] for e in wide["entries"] if e["status"] == "timed"} >= {solution, "torch"}


@pytest.mark.gpu
def test_who_is_right_when_checked_and_idle_when_timed_has_no_time(
    judge_command: Judge, tmp_path: Path
) -> None:
    idle = tmp_path / "idle.py"
    idle.write_text(
        "import torch\n\n\ndef solve(x, out):\n"
        "    if not torch.cuda.is_current_stream_capturing():\n        out.copy_(x.softmax(dim=-1))\n"
    )
    arguments = (idle, "solutions/softmax.py", "--shape", "rows=256 cols=1000", "--json")
    done = judge_command("compare", "softmax", *arguments, timeout=300)
    assert done.returncode == 1
    [found] = json.loads(done.stdout)["rows"]
    cheat, fine, reference = found["entries"]
    assert (cheat["status"], cheat["median_us"], cheat["place"]) == ("rule_violation", None, "")
    assert fine["status"] == reference["status"] == "timed"


@pytest.mark.gpu
def test_what_cannot_be_replayed_is_compared_by_the_process_clock(
    judge_command: Judge, tmp_path: Path
) -> None:
    called = tmp_path / "called.py"
    called.write_text(
        "import torch\n\n\ndef solve(x, out):\n"
        "    torch.cuda.synchronize()\n    out.copy_(x.softmax(dim=-1))\n"
    )
    arguments = (called, "solutions/softmax.py", "--shape", "rows=256 cols=1000", "--json")
    done = judge_command("compare", "softmax", *arguments, timeout=300)
    assert done.returncode == 0, done.stderr
    [found] = json.loads(done.stdout)["rows"]
    assert [e["method"] for e in found["entries"]] == ["process", "replay", "replay"]
    slow, fine, reference = found["entries"]
    assert slow["process_us"] == slow["median_us"]
    assert slow["speedup"] == pytest.approx(reference["process_us"] / slow["process_us"], rel=1e-3)
    assert fine["speedup"] == pytest.approx(reference["median_us"] / fine["median_us"], rel=1e-3)
