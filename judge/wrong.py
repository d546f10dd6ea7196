"""The wrong solutions of a challenge, each of which one of its tests must refuse."""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from judge.errors import BadInput
from judge.process import Runner
from judge.submit import Observer, Options, submit
from judge.verdict import Verdict
from judge.workspace import read_solution


class Interpreter:
    """One runner for many files that we trust, as each start takes seconds. Where one file ends its runner
    or leaves it in doubt, the next gets a fresh one. Use it as a context manager."""

    def __init__(self) -> None:
        self._runner: Runner | None = Runner("cpu", "")

    def judge(self, challenge: Path, solution: Path, seed: int) -> Verdict:
        """Whether a solution is right, on Triton's interpreter. Raises BadInput if it is none."""
        runner, self._runner = self._runner or Runner("cpu", ""), None
        options = Options(device="interpreter", seed=seed, timed=False, record=False)
        try:
            verdict = submit(str(challenge), str(solution), options, Observer(), waiting=runner)
            if verdict.status in ("accepted", "wrong_answer"):
                self._runner = runner
        finally:
            if self._runner is not runner:
                runner.close()
        return verdict

    def __enter__(self) -> "Interpreter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if self._runner:
            self._runner.close()


def faults(challenge: Path, path: Path, fixed: int, seed: int, interpreter: Interpreter) -> Iterator[str]:
    """What is amiss with one wrong solution: a line each. `fixed` is the number of the challenge's TESTS."""
    solution = read_solution(path)
    try:
        note = ast.get_docstring(ast.parse(solution.source))
    except (SyntaxError, ValueError) as error:
        yield f"{path}: it is no Python: {error}"
        return
    name = challenge.resolve().name
    if solution.challenge != name:
        yield f"{path}: it says CHALLENGE = {solution.challenge!r}; it must be {name!r}"
    if not note:
        yield f"{path}: it has no docstring; its first line must name the bug"
    try:
        verdict = interpreter.judge(challenge, path, seed)
    except BadInput as error:
        yield str(error)
        return
    message = verdict.message.partition("\n")[0]
    if verdict.status == "accepted":
        yield f"{path}: it is accepted; add a test that refuses it, or remove it if it is right"
    elif verdict.status != "wrong_answer":
        yield f"{path}: {verdict.status.replace('_', ' ')}, it must give a wrong answer: {_last(verdict)}"
    elif int(message.removeprefix("case ").partition(":")[0]) > fixed:
        yield f"{path}: only a random shape refuses it ({message}); add such a test to TESTS"


def _last(verdict: Verdict) -> str:
    """The last line of a traceback; else of a message that ends with how to judge again, the one before."""
    lines = [line for line in verdict.message.splitlines() if line and not line.startswith("again: ")]
    return lines[-1].strip() if lines else "without a message"
