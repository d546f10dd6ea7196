"""Gives programs to runners to load, and shows their problems with the file's name as the user knows it."""

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from judge.engine.runner import Runner
from judge.errors import BadInput
from judge.solutions.finding import Solution
from judge.text import clean
from judge.verdict.diagnosis import Problem
from judge.verdict.failure import BadSolution

if TYPE_CHECKING:
    from judge.challenges.protocol import Challenge


def load_arguments(challenge: "Challenge", path: str, language: str, entry: str, role: str) -> dict[str, Any]:
    """The arguments of a `load` request for a program that fits a challenge's signature."""
    signature = challenge.signature
    return dict(
        path=path,
        language=language,
        entry=entry,
        role=role,
        names=signature.names,
        takes=signature.positions(signature.inputs),
        gives=signature.positions(signature.outputs),
        precision=challenge.precision,
    )


def send_solution(runner: Runner, solution: Solution, challenge: "Challenge") -> None:
    """Ask a runner to load a solution; `wait_done` tells whether it could."""
    path = runner.scratch / solution.file_name
    path.write_text(solution.source, encoding="utf-8")
    runner.send("load", **load_arguments(challenge, str(path), solution.language.name, "solve", "solve"))


def bad_solution(error: BadSolution, title: str, challenge: "Challenge") -> BadInput:
    """The error for a file that does not fit the signature: what is wrong with it, and the signature."""
    text = " ".join(clean(str(error)).split())
    return BadInput(f"{title}: {text}; expected is {challenge.signature}")


def shown(problems: Iterable[Problem], runner: Runner, title: str) -> tuple[Problem, ...]:
    """The problems as the user sees them: the file by the name that the user knows, and no control
    characters.
    """
    return tuple(_shown(problem, runner.loaded, title) for problem in problems)


def _shown(problem: Problem, path: str, title: str) -> Problem:
    values: dict[str, Any] = {f.name: getattr(problem, f.name) for f in fields(problem)}
    texts = {n: shown_text(v, path, title) for n, v in values.items() if isinstance(v, str)}
    return type(problem)(**(values | texts))


def shown_text(text: str, path: str, title: str) -> str:
    """A submission's text with the file by the name that the user knows, and without control characters."""
    return clean(text.replace(path, title) if path else text)
