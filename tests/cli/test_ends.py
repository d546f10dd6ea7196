"""Interrupted at any moment, the judge leaves nothing behind; killed, it takes its runner along."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, judge_environment, processes_below

pytestmark = pytest.mark.long
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a judge, in a session of its own, on the submission that never ends, or on another."""
    started: list[subprocess.Popen[str]] = []

    def judge(solution: str = "tests/submissions/infinite_loop.py") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "judge", "submit", "softmax", solution),
                *("--device", "interpreter", "--database", f"sqlite:///{tmp_path}/board.db"),
            ],
            cwd=ROOT,
            env=judge_environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield judge
    for process in started:
        process.kill()
        process.communicate()


def runners(folder: Path) -> list[int]:
    return [pid for pid, command in processes_below(folder).items() if "judge.runner.main" in command]


def looping(folder: Path) -> bool:
    return any(folder.glob("judge-*/looping"))


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to that"
        time.sleep(0.02)


MOMENTS = {"its runner starts": runners, "the submission runs": looping}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_an_interrupted_judge_leaves_nothing(
    number: int, moment: str, start: Start, judge_command: Any, left_behind: Any, tmp_path: Path
) -> None:
    process = start()
    wait_until(lambda: MOMENTS[moment](tmp_path))
    process.send_signal(number)
    printed, told = process.communicate(timeout=10)
    assert process.returncode == 130, told
    assert printed == ""
    assert told.strip() == "interrupted: nothing recorded, nothing left running"
    assert left_behind() == []
    database = tmp_path / "board.db"
    if database.exists():
        arguments = ("--all", "--json", "--database", f"sqlite:///{database}")
        assert json.loads(judge_command("leaderboard", *arguments).stdout) == []


def test_an_impatient_second_interrupt_leaves_nothing(start: Start, left_behind: Any, tmp_path: Path) -> None:
    process = start()
    wait_until(lambda: looping(tmp_path))
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    _, told = process.communicate(timeout=10)
    assert process.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in told, told
    assert left_behind() == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP], ids=lambda n: n.name)
@pytest.mark.parametrize("stopped", [False, True], ids=["runner runs", "runner is stopped"])
def test_a_killed_judge_takes_its_runner_along(
    number: int, stopped: bool, start: Start, left_behind: Any, tmp_path: Path
) -> None:
    process = start()
    wait_until(lambda: looping(tmp_path))
    if stopped:
        (runner,) = runners(tmp_path)
        os.kill(runner, signal.SIGSTOP)
    process.send_signal(number)
    process.communicate(timeout=10)
    assert left_behind(seconds=10) == []


HAS_CHILDREN = """
import os, signal, time

def solve(x, out):
    for _ in range(3):
        if os.fork() == 0:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            time.sleep(600)
    os.makedirs("a/b")
    open("a/b/file", "w").close()
    open("looping", "w").close()
    time.sleep(600)
"""


def test_a_killed_judge_takes_along_what_its_submission_has_started(
    start: Start, left_behind: Any, tmp_path: Path
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(HAS_CHILDREN)
    process = start(str(path))
    wait_until(lambda: looping(tmp_path))
    assert len(runners(tmp_path)) == 4
    process.kill()
    process.communicate(timeout=10)
    assert left_behind(seconds=2) == []


def test_a_judge_killed_at_any_moment_leaves_nothing(start: Start, left_behind: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(HAS_CHILDREN)
    for _ in range(50):
        process = start(str(path))
        time.sleep(random.uniform(0, 3))
        process.kill()
        process.communicate(timeout=10)
        assert left_behind(seconds=2) == []
