"""The judge from Python: the same verdicts as from the command line, with the same arguments."""

import inspect
import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from conftest import ROOT, judge_environment
from schemas import require_form

import judge
from judge.cli.main import cli

Judge = Callable[..., subprocess.CompletedProcess[str]]
SOFTMAX = ROOT / "solutions" / "softmax.py"
WRONG = ROOT / "tests" / "submissions" / "softmax_dropped_tail.py"


def test_a_verdict_is_the_one_of_the_command(judge_command: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for path in (SOFTMAX, WRONG):
        name = str(path.relative_to(ROOT))
        verdict = judge.run("softmax", name, device="interpreter", seed=42)
        assert isinstance(verdict, judge.Verdict)
        told = judge_command("run", "softmax", name, "--device", "interpreter", "--seed", "42", "--json")
        mine, theirs = json.loads(json.dumps(verdict.as_json())), json.loads(told.stdout)
        require_form(theirs)
        if path is WRONG:  # where it stores nothing, its errors are those of what was there before
            assert (verdict.status, verdict.diagnosis and verdict.diagnosis.case) == ("wrong_answer", 3)
            for found in (mine, theirs):
                del found["cases"], found["message"], found["diagnosis"]["problems"]
        assert mine == theirs


def test_submit_takes_paths_and_tells_an_observer(tmp_path: Path) -> None:
    told: list[str] = []
    verdict = judge.submit(
        ROOT / "challenges" / "softmax",
        SOFTMAX,
        device="interpreter",
        case=3,
        database=f"sqlite:///{tmp_path}/board.db",
        observer=judge.Observer(say=told.append),
    )
    assert (verdict.status, len(verdict.cases), verdict.score_us, told) == ("accepted", 1, None, [])


def test_compare_gives_results_also_when_the_package_was_used_before() -> None:
    from judge import compare

    results = compare("softmax", SOFTMAX, WRONG, shapes=("rows=3 cols=70",), device="interpreter", seed=1)
    assert isinstance(results, judge.Results) and results.failed and not results.timed
    assert [e.status for e in results.rows[0].entries] == ["right", "wrong_answer"]
    assert results.command.startswith("judge compare softmax ")
    assert judge.compare is compare


def test_what_is_said_on_the_way_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    other = ROOT / "solutions" / "long_softmax.py"
    with caplog.at_level(logging.WARNING, "judge"):
        judge.run("softmax", other, device="interpreter", case=1)
    assert [line.partition(" says ")[2] for line in caplog.messages] == [
        "CHALLENGE = 'long_softmax', judged as softmax"
    ]


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "a challenge": (lambda: judge.run("sofmax", SOFTMAX), "no such challenge: sofmax; did you mean softmax"),
    "a solution": (lambda: judge.run("softmax", "mine.py"), "mine.py"),
    "a device": (lambda: judge.run("softmax", SOFTMAX, device="gpu"), "no such device: gpu"),
    "a seed": (lambda: judge.run("softmax", SOFTMAX, seed=-1), "seed=-1"),
    "a time": (lambda: judge.submit("softmax", SOFTMAX, timeout=float("nan")), "timeout=nan"),
    "a case": (lambda: judge.run("softmax", SOFTMAX, device="interpreter", case=99), "has no case 99"),
    "a baseline": (
        lambda: judge.submit("softmax", SOFTMAX, device="interpreter", baselines=("compil",), record=False),
        "no baseline 'compil'",
    ),
    "own kernels without times": (
        lambda: judge.submit("softmax", SOFTMAX, device="interpreter", own_kernels=True),
        "--own-kernels is about times: it needs a GPU",
    ),
    "a text for a tuple": (lambda: judge.submit("softmax", SOFTMAX, baselines="compile"), "('compile',)"),
    "another": (lambda: judge.compare("softmax", SOFTMAX, against="torch"), "('torch',)"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line(name: str) -> None:
    call, told = BAD[name]
    with pytest.raises(judge.BadInput) as caught:
        call()
    assert told in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["submit", "run", "compare"])
def test_the_arguments_are_those_of_the_command(name: str) -> None:
    command = cli.commands[name]
    assert isinstance(command, click.Command)
    of_command = {p.name for p in command.params} - {"as_json", "csv_file", "svg_file", "record", "no_record"}
    of_function = set(inspect.signature(getattr(judge, name)).parameters) - {"observer", "record"}
    assert of_function == of_command


DEFAULTS = [("submit", "timeout"), ("run", "device"), ("compare", "seconds"), ("compare", "timeout")]


@pytest.mark.parametrize(("name", "argument"), DEFAULTS)
def test_the_defaults_are_those_of_the_command(name: str, argument: str) -> None:
    [option] = [p for p in cli.commands[name].params if p.name == argument]
    assert option.default == inspect.signature(getattr(judge, name)).parameters[argument].default


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    code = (
        "import judge, sys; judge.submit; print(sorted(m for m in ('torch', 'triton') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n", done.stderr


def test_a_name_that_is_not_there_is_told() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'sumbit'"):
        _ = judge.sumbit
    assert {"submit", "run", "compare", "Verdict", "__version__"} <= set(dir(judge))


def test_it_judges_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SOFTMAX.read_text())
    code = "import judge; print(judge.run('softmax', 'mine.py', device='interpreter', case=2).status)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=judge_environment(tmp_path),
    )
    assert done.stdout == "accepted\n", done.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (dict(case=1.5), "case=1.5"),
        (dict(case="1"), "case='1'"),
        (dict(case=True), "case=True"),
        (dict(case=0), "case=0"),
        (dict(seed=1.5), "seed=1.5"),
        (dict(seed=True), "seed=True"),
        (dict(seed="5"), "seed='5'"),
        (dict(timeout="5"), "timeout='5'"),
        (dict(timeout=True), "timeout=True"),
        (dict(device=0), "device=0"),
        (dict(challenge=b"softmax"), "challenge=b'softmax'"),
        (dict(solution=3), "solution=3"),
    ],
)
def test_an_argument_of_a_wrong_type_is_named(arguments: dict[str, Any], named: str) -> None:
    given: dict[str, Any] = dict(challenge="softmax", solution=SOFTMAX, device="interpreter") | arguments
    challenge, solution = given.pop("challenge"), given.pop("solution")
    for function in (judge.submit, judge.run):
        with pytest.raises(judge.BadInput, match=re.escape(named)):
            function(challenge, solution, **given)


def test_a_sweep_that_is_no_list_of_texts_is_named() -> None:
    wrong: Any = {"rows": [3, 64]}
    with pytest.raises(judge.BadInput, match="sweep="):
        judge.compare("softmax", SOFTMAX, sweep=wrong, device="interpreter")
