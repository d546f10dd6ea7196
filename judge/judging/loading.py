"""Gives programs to runners to load, and shows their problems with the file's name as the user knows it."""

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from judge.engine.runner import Runner
from judge.solutions.finding import Solution
from judge.text import clean, one_line
from judge.verdict.diagnosis import Problem, Remark
from judge.verdict.failure import BadSolution, Failure

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


def send_solution(runner: Runner, solution: Solution, challenge: "Challenge", seconds: float) -> None:
    """Ask a runner to load a solution; `wait_loaded` tells whether it could. Raises Failure."""
    path = runner.put_source(solution.file_name, solution.source, seconds)
    runner.send("load", **load_arguments(challenge, path, solution.language.name, "solve", "solve"))


def wait_loaded(runner: Runner, solution: Solution, challenge: "Challenge", seconds: float) -> None:
    """Wait until a solution is loaded. Raises Failure, also if it does not fit the challenge's signature."""
    try:
        runner.wait_done(seconds)
    except BadSolution as error:
        told = f"{solution.title} {one_line(str(error))}; expected is {challenge.signature}"
        raise Failure("compile_error", Remark(told)) from None


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
