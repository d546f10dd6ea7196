"""One side of a comparison: a solution or a baseline, in its own runner, which is replaced when it breaks."""

from collections.abc import Sequence
from pathlib import Path

from judge.comparing.results import Cell
from judge.engine.runner import Runner
from judge.errors import BadInput
from judge.judging.baselines import load_baseline, reason
from judge.judging.loading import send_solution, shown, wait_loaded
from judge.judging.session import Session
from judge.solutions.finding import Solution
from judge.text import clean, one_line
from judge.verdict.diagnosis import Diagnosis, Raised
from judge.verdict.failure import BadSolution, Failure
from judge.verdict.hints import hints_for
from judge.verdict.wording import message


class Contestant:
    """A solution, or else the baseline `name`. Its runner starts at once, and ends with the session."""

    def __init__(self, name: str, session: Session, solution: Solution | None = None) -> None:
        self.name, self.solution = name, solution
        self._session = session
        self._broken = False
        self.runner = self._started()

    def _started(self) -> Runner:
        return self._session.start_runner(triton=self.solution is not None)

    def load(self, checked: bool = False) -> None:
        """Load the program again, in a new runner if the last one broke, so that its time on one shape does
        not depend on the shapes before.

        If it is `checked`, a baseline writes its answers to the outputs. Raises Failure, and BadInput for a
        baseline that cannot be called.
        """
        if self._broken or self.runner.process.poll() is not None:
            self.runner.close()
            self.runner = self._started()
            self._broken = False
        self._session.wait_ready(self.runner)
        challenge, seconds = self._session.challenge, self._session.seconds
        if self.solution:
            send_solution(self.runner, self.solution, challenge, seconds)
            wait_loaded(self.runner, self.solution, challenge, seconds)
            return
        try:
            load_baseline(self.runner, challenge, self.name, seconds, checked)
        except BadSolution as error:
            raise BadInput(f"{challenge.path}: baseline {self.name}: {one_line(str(error))}") from None

    def failed(self, failure: Failure, cell: Cell) -> None:
        """Record in `cell` why there is no time, and remember whether the runner has to be replaced."""
        first = failure.problems[0]
        if self.solution:
            problems = shown(failure.problems, self.runner, self.solution.title)
            cell.drop(failure.status, message(Diagnosis(problems, hints=hints_for(problems))))
        elif isinstance(first, Raised) and first.out_of_memory:
            cell.drop("no_room")
        else:
            cell.drop("not_supported", clean(reason(failure)))
        ended = failure.status in ("time_limit", "rule_violation") or self.runner.process.poll() is not None
        self._broken = ended or self.runner.broken


def labels(solutions: Sequence[Solution], taken: Sequence[str]) -> list[str]:
    """Short names for solutions: the file's name, or, if it is not unique, the path as the user typed it."""
    stems = [Path(s.title).stem for s in solutions]
    return [
        clean(s.title if stems.count(stem) > 1 or stem in taken else stem)
        for s, stem in zip(solutions, stems, strict=True)
    ]
