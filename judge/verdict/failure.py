"""The exceptions for a submission that fails."""

from typing import Literal

from judge.verdict.diagnosis import Problem, Raised, Remark
from judge.verdict.wording import told

Status = Literal["accepted", "wrong_answer", "compile_error", "runtime_error", "time_limit", "rule_violation"]


class Failure(Exception):
    """The submission failed: its status, and the problems. A problem given as text becomes a Remark."""

    def __init__(self, status: Status, *problems: Problem | str) -> None:
        self.status: Status = status
        self.problems = tuple(Remark(p) if isinstance(p, str) else p for p in problems)
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The problems in words."""
        return "\n".join(told(self.problems))

    @property
    def out_of_memory(self) -> bool:
        """Whether there was not enough memory on the GPU for it."""
        return any(isinstance(each, Raised) and each.out_of_memory for each in self.problems)


class BadSolution(Exception):
    """The file does not define what the challenge asks for."""
