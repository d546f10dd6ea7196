"""What a solution is compared with: the challenge's reference, torch.compile of it, and what else it names.

`reference.py` may name more in BASELINES: functions of the reference's arguments, which return its outputs,
or the first few of them.
"""

import contextlib
import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from judge.errors import BadInput
from judge.process import BadSolution, Runner
from judge.verdict import Failure

if TYPE_CHECKING:
    from judge.challenge import Challenge
    from judge.setting import Setting

BUILT_IN = ("torch", "compile")


def declared(module: ModuleType, arguments: Iterable[str], path: Path) -> dict[str, Callable[..., Any]]:
    """BASELINES of a reference's module. Raises BadInput for whatever in it could not be timed."""
    table = getattr(module, "BASELINES", {})
    if not isinstance(table, dict):
        raise BadInput(f"{path}: BASELINES must be a dict of names and functions")
    for name, function in table.items():
        where = f"{path}: BASELINES[{name!r}]"
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", name):
            raise BadInput(f"{where}: a name is letters and digits, with single '-' between them")
        if name in BUILT_IN:
            raise BadInput(f"{where}: there is one of this name already; choose another")
        own = inspect.isfunction(function) and vars(module).get(function.__name__) is function
        if not own:
            raise BadInput(f"{where} must be a function that {path.name} defines by a name of its own")
        try:
            inspect.signature(function).bind(*arguments)
        except TypeError:
            raise BadInput(
                f"{where} does not take the reference's arguments: {', '.join(arguments)}"
            ) from None
    return dict(table)


def require_known(names: Iterable[str], challenge: "Challenge") -> None:
    """Raises BadInput for a baseline that the challenge does not have."""
    known = [*BUILT_IN, *challenge.baselines]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise BadInput(f"{challenge.name} has no baseline {name!r}; {hint}")


def load_baseline(runner: Runner, setting: "Setting", name: str, checked: bool = False) -> None:
    """Have a runner load a baseline: to be timed, or if `checked` to leave its answers in the outputs.

    Raises Failure or BadSolution.
    """
    challenge = setting.challenge
    entry = challenge.baselines[name].__name__ if name in challenge.baselines else "reference"
    runner.ask(
        "load",
        setting.seconds,
        path=str((challenge.folder / "reference.py").resolve()),
        entry=entry,
        role="check" if checked else "compile" if name == "compile" else "reference",
        arguments=list(challenge.arguments),
        precision=challenge.spec.precision,
    )


@contextlib.contextmanager
def baseline_errors(what: str) -> Iterator[None]:
    """A failure of the challenge's own program is no failure of the submission. Raises BadInput."""
    try:
        yield
    except (Failure, BadSolution) as failure:
        raise BadInput(f"{what} could not be timed: {reason(str(failure))}") from None


def reason(text: str) -> str:
    """The line of an error's text that says what it is: the first after its traceback, if it has one."""
    lines = text.strip().splitlines() or [""]
    told = [line for line in lines if line[:1].strip() and not line.startswith("Traceback (")]
    return (told or lines)[0].strip()
