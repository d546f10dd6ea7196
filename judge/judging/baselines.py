"""The programs that a solution is compared with: the reference, torch.compile of it, and named baselines."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from judge.engine.runner import Runner
from judge.errors import BadInput, did_you_mean
from judge.judging.loading import load_arguments
from judge.verdict.diagnosis import Raised
from judge.verdict.failure import BadSolution, Failure

if TYPE_CHECKING:
    from judge.challenges.protocol import Challenge


def require_known(names: Iterable[str], challenge: "Challenge") -> None:
    """Raises BadInput for a baseline that the challenge does not have."""
    known = list(challenge.baselines)
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known, f"there are {', '.join(known)}", most=1)
            raise BadInput(f"{challenge.name} has no baseline {name!r}; {hint}")


def load_baseline(
    runner: Runner, challenge: "Challenge", name: str, seconds: float, checked: bool = False
) -> None:
    """Let a runner load a baseline, which is timed later. If it is `checked`, it writes its answers to the
    outputs instead. Raises Failure or BadSolution.
    """
    baseline = challenge.baselines[name]
    role = "check" if checked else "compile" if name == "compile" else "reference"
    arguments = load_arguments(challenge, str(baseline.path), "Python", baseline.function, role)
    runner.ask("load", seconds, **arguments)


@contextlib.contextmanager
def baseline_errors(what: str) -> Iterator[None]:
    """Turn a failure into BadInput: a failure of the challenge's own program is not one of the submission."""
    try:
        yield
    except (Failure, BadSolution) as failure:
        raise BadInput(f"{what} could not be timed: {reason(failure)}") from None


def reason(failure: Failure | BadSolution) -> str:
    """A failure in one line: the summary of the error that was raised, else the first line of the message."""
    if isinstance(failure, Failure) and isinstance(failure.problems[0], Raised):
        return failure.problems[0].summary
    return str(failure).partition("\n")[0].strip()
