"""The options of a comparison, and the command line that asks for them."""

import shlex
from dataclasses import dataclass

from judge.judging.session import SECONDS

BUDGET = 0.4


@dataclass(frozen=True)
class CompareOptions:
    """The options of the command line. `budget` is the seconds of sampling for a contestant on a shape."""

    against: tuple[str, ...] = ("torch",)
    shapes: tuple[str, ...] = ()
    sweep: tuple[str, ...] = ()
    device: str = "auto"
    seed: int | None = None
    budget: float = BUDGET
    seconds: float = SECONDS
    require_sandbox: bool = False

    def command(self, challenge: str, solutions: tuple[str, ...]) -> str:
        """The command line that measures the same again, without the seed and without files to write."""
        words = ["judge", "compare", challenge, *solutions]
        for option, texts in (("--shape", self.shapes), ("--sweep", self.sweep)):
            for text in texts:
                words += [option, text]
        words += ["--against", ",".join(self.against)]
        if self.budget != BUDGET:
            words += ["--seconds", f"{self.budget:g}"]
        if self.seconds != SECONDS:
            words += ["--timeout", f"{self.seconds:g}"]
        return shlex.join(words)
