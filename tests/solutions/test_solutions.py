"""Every solution is accepted and is a note too, and every challenge has one."""

import inspect
import re
from pathlib import Path

import pytest
from conftest import ROOT

from judge.challenges.finding import find_challenge
from judge.challenges.formats.folder_challenge import FolderChallenge
from judge.check.wrong_solutions import Interpreter
from judge.judging.session import Observer
from judge.judging.submit import SubmitOptions, submit
from judge.solutions.finding import read_solution

SEED = 1  # the same shapes and values each time, so that no run fails by chance
CHALLENGES = sorted(path.parent for path in (ROOT / "challenges").glob("*/spec.md"))
SOLUTIONS = sorted((ROOT / "solutions").glob("**/*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_challenge = pytest.mark.parametrize("folder", CHALLENGES, ids=lambda folder: folder.name)
each_solution = pytest.mark.parametrize("path", SOLUTIONS, ids=name_of)


@each_solution
def test_a_solution_is_accepted(path: Path, interpreter: Interpreter) -> None:
    solution = read_solution(path)
    challenge = ROOT / "challenges" / solution.challenge
    verdict = interpreter.judge(find_challenge(str(challenge)), solution, SEED)
    assert (verdict.status, verdict.message) == ("accepted", "")
    assert len(verdict.cases) + verdict.skipped == len(FolderChallenge(challenge).cases(SEED))
    assert len(verdict.cases) >= 5
    for case in verdict.cases:
        assert case.status == "accepted"
        assert 0 <= case.max_error <= case.allowed


def test_a_solution_is_accepted_in_a_runner_of_its_own() -> None:
    options = SubmitOptions(device="interpreter", seed=SEED, timed=False, record=False)
    verdict = submit("softmax", str(ROOT / "solutions" / "softmax.py"), options, Observer())
    assert (verdict.status, verdict.message) == ("accepted", "")


@each_solution
def test_a_solution_is_a_note_too(path: Path) -> None:
    solution = read_solution(path)
    assert solution.challenge in {folder.name for folder in CHALLENGES}
    note = inspect.cleandoc(compile(solution.source, str(path), "exec").co_consts[0])
    title, *rest = note.splitlines()
    assert title.startswith("# ")
    assert len(rest) > 3


@each_challenge
def test_a_challenge_has_a_solution(folder: Path) -> None:
    assert folder.name in {read_solution(path).challenge for path in SOLUTIONS}


@each_challenge
def test_the_solutions_take_the_references_names(folder: Path) -> None:
    challenge = FolderChallenge(folder)
    for path in SOLUTIONS:
        solution = read_solution(path)
        if solution.challenge == folder.name:
            [found] = re.findall(r"^def solve\((.*?)\)", solution.source, flags=re.M | re.S)
            names = [part.split(":")[0].strip() for part in found.split(",") if part.strip()]
            assert names == challenge.signature.names
