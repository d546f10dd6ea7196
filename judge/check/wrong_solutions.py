"""The wrong solutions of a challenge, each of which one of its tests must refuse."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from judge.challenges.finding import find_challenge
from judge.challenges.format import FoundChallenge
from judge.engine.device import INTERPRETER, Device
from judge.engine.runner import Runner
from judge.errors import BadInput
from judge.judging.session import Session
from judge.judging.submit import SubmitOptions, judge
from judge.solutions.finding import Solution, read_solution
from judge.verdict.diagnosis import Raised
from judge.verdict.verdict import Verdict
from judge.verdict.wording import told

DEVICE = Device(INTERPRETER)


class Interpreter:
    """One runner for many trusted files, because each start takes seconds. Unless a file is accepted or gives
    a wrong answer, the next file gets a new one. Use it as a context manager."""

    def __init__(self) -> None:
        self._runner: Runner | None = Runner("cpu", "")

    def judge(self, challenge: FoundChallenge, solution: Solution, seed: int) -> Verdict:
        """Judge a solution on Triton's interpreter, without times. Raises BadInput if it is not one."""
        runner, self._runner = self._runner or Runner("cpu", ""), None
        options = SubmitOptions(device=INTERPRETER, seed=seed, timed=False, record=False)
        try:
            with Session(challenge, DEVICE) as session:
                verdict = judge(session, solution, [runner], options)
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


def faults(folder: Path, path: Path, fixed: int, seed: int, interpreter: Interpreter) -> Iterator[str]:
    """Yields a line for each fault of a file in wrong/, such as that no test refuses it.

    `fixed` is the number of the challenge's TESTS.
    """
    solution = read_solution(path)
    problem = solution.language.syntax_problem(solution.source)
    if problem:
        yield f"{path}: it is not {solution.language.name}: {problem[1]}"
        return
    challenge = find_challenge(str(folder))
    if solution.challenge != challenge.name:
        yield f"{path}: it says CHALLENGE = {solution.challenge!r}; it must be {challenge.name!r}"
    if not solution.language.note(solution.source)[0]:
        yield f"{path}: it has no docstring; its first line must name the bug"
    try:
        verdict = interpreter.judge(challenge, solution, seed)
    except BadInput as error:
        yield str(error)
        return
    diagnosis = verdict.diagnosis
    if diagnosis is None:
        yield f"{path}: it is accepted; add a test that refuses it, or remove it if it is right"
    elif verdict.status != "wrong_answer":
        yield f"{path}: {verdict.status.replace('_', ' ')}, it must give a wrong answer: {_last(verdict)}"
    elif diagnosis.case and diagnosis.case > fixed:
        where = f"case {diagnosis.case}: {diagnosis.name}"
        yield f"{path}: only a random shape refuses it ({where}); add such a test to TESTS"


def _last(verdict: Verdict) -> str:
    """The text of an error, in one line."""
    problem = verdict.diagnosis.problems[-1] if verdict.diagnosis else None
    if problem is None:
        return "without a message"
    return problem.summary if isinstance(problem, Raised) else told([problem])[-1]
