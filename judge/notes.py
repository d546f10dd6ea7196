"""Notes: a solution's docstring, Markdown that explains the code below it."""

import ast
import inspect
from dataclasses import dataclass

from judge.workspace import Solution


@dataclass(frozen=True)
class Note:
    """A solution as a text to read.

    `title` is the docstring's first heading (else its first line), `body` the Markdown below it, `code` the
    source without the docstring. A solution without a docstring has its path as the title and no body.
    """

    solution: Solution
    title: str
    body: str
    code: str


def read_note(solution: Solution) -> Note:
    """Take a solution's docstring and code apart. One that is no Python is all code."""
    source = solution.source
    try:
        first = ast.parse(source).body[0]
    except (SyntaxError, ValueError, MemoryError, RecursionError, IndexError):
        return Note(solution, solution.title, "", source)
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        return Note(solution, solution.title, "", source)
    if not isinstance(first.value.value, str):
        return Note(solution, solution.title, "", source)
    note = inspect.cleandoc(first.value.value)
    heading, _, body = note.partition("\n")
    code = "".join(source.splitlines(keepends=True)[first.end_lineno :])
    return Note(
        solution, heading.lstrip("# ").strip() or solution.title, body.strip() + "\n", code.lstrip("\n")
    )
