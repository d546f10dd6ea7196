"""Every challenge can fail: each of its wrong variants is refused, for its one bug."""

import ast
from pathlib import Path

import pytest
from conftest import ROOT

from judge.challenge import FUZZ_CASES, Challenge
from judge.submit import Observer, Options, submit
from judge.workspace import read_solution

# The same shapes and values each time, so that no run fails by chance.
CORRECTNESS = Options(device="interpreter", seed=1, timed=False, record=False)
CHALLENGES = sorted(path.parent for path in (ROOT / "challenges").glob("*/spec.md"))
WRONG = sorted((ROOT / "challenges").glob("*/wrong/*.py"))


@pytest.mark.parametrize("path", WRONG, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_a_wrong_variant_is_refused(path: Path) -> None:
    challenge = path.parents[1]
    verdict = submit(str(challenge), str(path), CORRECTNESS, Observer())
    assert verdict.status == "wrong_answer", verdict.message
    # By a fixed test: what only a random shape finds is found on some days.
    number = int(verdict.message.removeprefix("case ").partition(":")[0])
    assert number <= len(Challenge(challenge).cases(1)) - FUZZ_CASES


@pytest.mark.parametrize("path", WRONG, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_a_wrong_variant_says_what_is_wrong(path: Path) -> None:
    assert read_solution(path).challenge == path.parts[-3]
    note = ast.get_docstring(ast.parse(path.read_text()))
    assert note and note.endswith(".")


@pytest.mark.parametrize("folder", CHALLENGES, ids=lambda folder: folder.name)
def test_a_challenge_has_wrong_variants(folder: Path) -> None:
    assert list(folder.glob("wrong/*.py"))
