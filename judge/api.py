"""The judge from Python: `judge submit`, `judge run` and `judge compare`, with the arguments of the commands.

    from judge import BadInput, submit

    verdict = submit("challenges/softmax", "mine.py", device="cuda:1")
    print(verdict.status, verdict.score_us, verdict.message)

All raise BadInput for what the user can fix. Processes, limits and the sandbox are those of the commands.
What these print on the way goes to the logger "judge", unless an observer is given.
"""

import logging
import math
from collections.abc import Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING

from judge.comparing.options import BUDGET, CompareOptions
from judge.errors import BadInput
from judge.judging.session import SECONDS, Observer
from judge.judging.submit import SubmitOptions
from judge.judging.submit import submit as judge_solution
from judge.verdict.verdict import MOST_SEED, Verdict

if TYPE_CHECKING:
    from judge.comparing.results import Results

_Path = str | PathLike[str]
MOST_CASE = 10_000  # no challenge has so many


def submit(
    challenge: _Path,
    solution: _Path,
    *,
    device: str = "auto",
    seed: int | None = None,
    case: int | None = None,
    timeout: float = SECONDS,
    baselines: Sequence[str] = (),
    author: str | None = None,
    database: str | None = None,
    record: bool = True,
    own_kernels: bool = False,
    require_sandbox: bool = False,
    observer: Observer | None = None,
) -> Verdict:
    """Judge a solution: correctness, time, roofline, rank. Without a GPU there are no times.

    `challenge` and `solution` are names or paths. `timeout` is in seconds, for each call of the submission.
    "torch" is always timed beside it; `baselines` names others. `record` puts the row on the leaderboard.
    With `own_kernels` a submission whose work PyTorch's or a vendor's kernels do is refused.
    """
    options = SubmitOptions(
        device=_text("device", device),
        seed=_whole("seed", seed, 0, MOST_SEED),
        case=_whole("case", case, 1, MOST_CASE),
        seconds=_seconds("timeout", timeout),
        baselines=_names("baselines", ("torch", *_names("baselines", baselines))),
        author=author,
        database=database,
        record=record,
        own_kernels=own_kernels,
        require_sandbox=require_sandbox,
    )
    return judge_solution(
        _path("challenge", challenge), _path("solution", solution), options, _or_log(observer)
    )


def run(
    challenge: _Path,
    solution: _Path,
    *,
    device: str = "auto",
    seed: int | None = None,
    case: int | None = None,
    timeout: float = SECONDS,
    require_sandbox: bool = False,
    observer: Observer | None = None,
) -> Verdict:
    """Judge only whether a solution is right. The arguments are those of `submit`; nothing is recorded."""
    options = SubmitOptions(
        device=_text("device", device),
        seed=_whole("seed", seed, 0, MOST_SEED),
        case=_whole("case", case, 1, MOST_CASE),
        seconds=_seconds("timeout", timeout),
        require_sandbox=require_sandbox,
        timed=False,
        record=False,
    )
    return judge_solution(
        _path("challenge", challenge), _path("solution", solution), options, _or_log(observer)
    )


def compare(
    challenge: _Path,
    *solutions: _Path,
    sweep: Sequence[str] = (),
    shapes: Sequence[str] = (),
    against: Sequence[str] = ("torch",),
    seconds: float = BUDGET,
    timeout: float = SECONDS,
    device: str = "auto",
    seed: int | None = None,
    require_sandbox: bool = False,
    observer: Observer | None = None,
) -> "Results":
    """Compare solutions and baselines on a sweep of shapes, timed in one run, in turn.

    `sweep` has texts like "rows=1024,4096", `shapes` texts like "rows=64 cols=100", `against` the names of
    baselines. `seconds` is the time of sampling for each program on each shape.
    """
    from judge.comparing.comparison import compare_all

    options = CompareOptions(
        against=_names("against", against),
        shapes=_names("shapes", shapes),
        sweep=_names("sweep", sweep),
        device=_text("device", device),
        seed=_whole("seed", seed, 0, MOST_SEED),
        budget=_seconds("seconds", seconds),
        seconds=_seconds("timeout", timeout),
        require_sandbox=require_sandbox,
    )
    paths = tuple(_path("solution", each) for each in solutions)
    return compare_all(_path("challenge", challenge), paths, options, _or_log(observer))


def _or_log(observer: Observer | None) -> Observer:
    return observer or Observer(say=logging.getLogger("judge").warning)


def _path(name: str, given: _Path) -> str:
    try:
        return _text(name, fspath(given))
    except TypeError:
        raise BadInput(f"{name}={given!r}: it is a name or a path, in text") from None


def _text(name: str, given: str) -> str:
    if not isinstance(given, str):
        raise BadInput(f"{name}={given!r}: it is a text")
    return given


def _whole(name: str, given: int | None, least: int, most: int) -> int | None:
    if given is not None and (type(given) is not int or not least <= given <= most):
        raise BadInput(f"{name}={given!r}: a {name} is a whole number from {least} to {most}")
    return given


def _seconds(name: str, seconds: float) -> float:
    good = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not good or math.isnan(seconds) or seconds <= 0:
        raise BadInput(f"{name}={seconds!r}: it is a number of seconds above 0")
    return seconds


def _names(name: str, given: Sequence[str]) -> tuple[str, ...]:
    """Some texts, each once. A text in place of them is a sequence of its letters, which nobody means."""
    if isinstance(given, str):
        raise BadInput(f"{name}={given!r}: give a tuple, ({given!r},)")
    if not isinstance(given, Sequence) or not all(isinstance(each, str) for each in given):
        raise BadInput(f"{name}={given!r}: give a tuple of texts")
    return tuple(dict.fromkeys(given))
