"""Every solution is accepted, every challenge has one, and every worked example is right."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import ROOT
from torch import Tensor

from judge.challenge import Challenge
from judge.submit import Observer, Options, submit
from judge.workspace import read_solution

# The same shapes and values each time, so that no run fails by chance.
CORRECTNESS = Options(device="interpreter", seed=1, timed=False, record=False)
CHALLENGES = sorted(path.parent for path in (ROOT / "challenges").glob("*/spec.md"))
SOLUTIONS = sorted((ROOT / "solutions").glob("**/*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_challenge = pytest.mark.parametrize("folder", CHALLENGES, ids=lambda folder: folder.name)
each_solution = pytest.mark.parametrize("path", SOLUTIONS, ids=name_of)


# -- solutions ----------------------------------------------------------------------------------------


@each_solution
def test_a_solution_is_accepted(path: Path) -> None:
    challenge = read_solution(path).challenge
    verdict = submit(challenge, str(path), CORRECTNESS, Observer())
    assert (verdict.status, verdict.message) == ("accepted", "")
    assert len(verdict.cases) + verdict.skipped == len(Challenge(ROOT / "challenges" / challenge).cases(1))
    assert len(verdict.cases) >= 5
    for case in verdict.cases:
        assert case.status == "accepted"
        assert 0 <= case.max_error <= case.allowed


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


# -- worked examples ----------------------------------------------------------------------------------


def blocks_of(folder: Path) -> list[str]:
    """The ```python blocks of a spec."""
    text = (folder / "spec.md").read_text()
    return re.findall(r"^```python\n(.*?)^```$", text, flags=re.M | re.S)


def example_of(folder: Path) -> dict[str, Any]:
    """The names that a spec's worked example defines: the block that says what is `expected`."""
    [code] = [block for block in blocks_of(folder) if re.search(r"^expected\b", block, flags=re.M)]
    names: dict[str, Any] = {"torch": torch}
    exec(code, names)
    del names["torch"], names["__builtins__"]
    return names


@each_challenge
def test_the_worked_example_is_right(folder: Path) -> None:
    challenge = Challenge(folder)
    example = example_of(folder)
    expected = example.pop("expected")
    expected = expected if isinstance(expected, tuple) else (expected,)
    inputs = {name: example[name] for name in challenge.arguments}
    for name, annotation in challenge.arguments.items():
        assert isinstance(inputs[name], annotation)
    answers = challenge.answer(inputs)
    assert len(expected) == len(answers)
    for want, answer in zip(expected, answers, strict=True):
        assert (want.dtype, want.shape) == (answer.dtype, answer.shape)
        torch.testing.assert_close(answer, want, rtol=1e-4, atol=1e-4, equal_nan=True)
        assert answer.numel() <= 100  # small enough to check by hand


# -- names --------------------------------------------------------------------------------------------


@each_challenge
def test_the_signature_in_the_spec_is_the_references(folder: Path) -> None:
    challenge = Challenge(folder)
    [code] = [block for block in blocks_of(folder) if re.search(r"^def solve\b", block, flags=re.M)]
    names: dict[str, Any] = {"torch": torch, "Tensor": Tensor}
    exec(code, names)
    parameters = inspect.signature(names["solve"]).parameters
    assert list(parameters) == challenge.parameters
    for name, annotation in challenge.arguments.items():
        wanted = annotation if annotation in (bool, int, float) else Tensor
        assert parameters[name].annotation is wanted


def rows_of(folder: Path) -> dict[str, list[str]]:
    """The rows of a spec's table of arguments: name, and the cells beside it, without marks."""
    body = (folder / "spec.md").read_text()
    section = body.split("## Arguments", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in cells[2:]}


@each_challenge
def test_the_table_in_the_spec_is_the_references(folder: Path) -> None:
    challenge = Challenge(folder)
    rows = rows_of(folder)
    assert list(rows) == challenge.parameters
    for name, annotation in (challenge.arguments | challenge.outputs).items():
        dtype, shape, role = rows[name][:3]
        if annotation in (bool, int, float):
            assert annotation.__name__ in dtype
        else:
            assert dtype in annotation.dtypes
            assert shape.split() == annotation.dim_str.split()
        assert role.startswith("input" if name in challenge.arguments else "output")


@each_challenge
def test_the_inputs_are_the_references(folder: Path) -> None:
    challenge = Challenge(folder)
    case = min(challenge.cases(3), key=lambda c: sum(v for v in c.shape.values() if type(v) is int))
    assert list(challenge.draw(case.shape, case.seed, "cpu")) == list(challenge.arguments)


@each_challenge
def test_the_solutions_take_the_references_names(folder: Path) -> None:
    challenge = Challenge(folder)
    for path in SOLUTIONS:
        solution = read_solution(path)
        if solution.challenge == folder.name:
            [found] = re.findall(r"^def solve\((.*?)\)", solution.source, flags=re.M | re.S)
            names = [part.split(":")[0].strip() for part in found.split(",") if part.strip()]
            assert names == challenge.parameters


@each_challenge
def test_the_independent_dimension_is_the_outputs(folder: Path) -> None:
    challenge = Challenge(folder)
    name = challenge.spec.independent
    if name:
        assert all(name in annotation.dim_str.split() for annotation in challenge.outputs.values())
        tensors = [a for a in challenge.arguments.values() if a not in (bool, int, float)]
        assert any(name in annotation.dim_str.split() for annotation in tensors)
