"""What the body of a spec tells a reader: solve's signature, the table of arguments, the worked example."""

import contextlib
import inspect
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from judge.challenge import place
from judge.errors import BadInput


@dataclass(frozen=True)
class Block:
    """A ```python block. `line` is where its code begins in the file."""

    path: Path
    line: int
    code: str

    def run(self, **names: Any) -> dict[str, Any]:
        """The names that it defines beyond those given. Raises BadInput with file and line."""
        after = dict(names)
        try:
            code = compile("\n" * (self.line - 1) + self.code, str(self.path), "exec")
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, after)
        except Exception as error:
            raise BadInput(place(error, self.path)) from None
        return {name: value for name, value in after.items() if name not in (*names, "__builtins__")}


def blocks(path: Path) -> list[Block]:
    """The ```python blocks of a Markdown file."""
    text = path.read_text(encoding="utf-8")
    found = re.finditer(r"^```python\n(.*?)^```$", text, flags=re.M | re.S)
    return [Block(path, text.count("\n", 0, match.start(1)) + 1, match[1]) for match in found]


def signature(path: Path) -> tuple[int, Mapping[str, inspect.Parameter]]:
    """The line of the block that says `def solve(...)`, and its parameters. Raises BadInput."""
    block = _only(path, r"^def solve\b", "def solve(...): ...")
    solve = block.run(torch=torch, Tensor=Tensor)["solve"]
    return block.line, inspect.signature(solve).parameters


def example(path: Path) -> tuple[int, dict[str, Any]]:
    """The line of the block that defines `expected`, and all that it defines. Raises BadInput."""
    block = _only(path, r"^expected\b", "expected = ...")
    return block.line, block.run(torch=torch)


def _only(path: Path, pattern: str, shown: str) -> Block:
    found = [block for block in blocks(path) if re.search(pattern, block.code, flags=re.M)]
    if len(found) != 1:
        count = "no" if not found else "more than one"
        raise BadInput(f"{path}: {count} ```python block has a line {shown}")
    return found[0]


def table(path: Path) -> dict[str, tuple[int, list[str]]]:
    """The rows of the table under "## Arguments": by name their line, and three cells: dtype, shape, role.

    Raises BadInput if there is none, or a row has fewer cells.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    try:
        start = next(i for i, line in enumerate(lines) if line.strip() == "## Arguments")
    except StopIteration:
        raise BadInput(f"{path}: no section ## Arguments with a table: name, dtype, shape, role") from None
    end = next((i for i in range(start + 1, len(lines)) if lines[i].startswith("## ")), len(lines))
    numbers = [i for i in range(start, end) if lines[i].startswith("|")]
    found = {}
    for i in numbers[2:]:  # after the head and the rule below it
        name, *cells = (cell.strip().replace("`", "") for cell in lines[i].strip().strip("|").split("|"))
        if len(cells) < 3:
            raise BadInput(f"{path}:{i + 1}: a row of ## Arguments has four cells: name, dtype, shape, role")
        found[name] = (i + 1, cells[:3])
    return found
