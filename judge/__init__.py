"""A local judge for GPU kernels written in Triton: `submit`, `run` and `compare` are its commands.

Runners and players import this package too, so nothing is imported before it is used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from judge.api import compare, run, submit
    from judge.comparing.results import Results
    from judge.errors import BadInput
    from judge.judging.session import Observer
    from judge.verdict.verdict import Verdict
    from judge.version import __version__

__all__ = ["BadInput", "Observer", "Results", "Verdict", "__version__", "compare", "run", "submit"]

_HOMES = {
    "BadInput": "judge.errors",
    "Observer": "judge.judging.session",
    "Results": "judge.comparing.results",
    "Verdict": "judge.verdict.verdict",
    "__version__": "judge.version",
    "compare": "judge.api",
    "run": "judge.api",
    "submit": "judge.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'judge' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
