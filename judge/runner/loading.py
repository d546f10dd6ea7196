"""Loads a program into this process: a submission's solve, or a function of a challenge's reference.

Each language has a loader here, under its name in judge/solutions/languages.
"""

import contextlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from typing import Any

from judge.runner.errors import BadSolution

Function = Callable[..., Any]


def load_python(path: str, entry: str, arguments: list[str]) -> Function:
    """Import a file and find `entry` in it. Raises BadSolution unless it can be called with the arguments."""
    spec = importlib.util.spec_from_file_location("submission", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["submission"] = module
    spec.loader.exec_module(module)
    function = getattr(module, entry, None)
    if not callable(function):
        raise BadSolution(f"defines no function {entry}({', '.join(arguments)})")
    with contextlib.suppress(ValueError):  # some callables have no signature
        try:
            inspect.signature(function).bind(*arguments)
        except TypeError:
            takes = f"{entry}{inspect.signature(function)}"
            raise BadSolution(
                f"{takes} does not take the arguments {entry}({', '.join(arguments)})"
            ) from None
    loaded: Function = function
    return loaded


LOADERS: dict[str, Callable[[str, str, list[str]], Function]] = {"Python": load_python}
