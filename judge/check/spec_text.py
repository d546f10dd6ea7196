"""Checks what the body of a spec says: the signature of solve, the table of arguments, the worked example."""

import contextlib
import inspect
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from judge.challenges.formats.folder_challenge import FolderChallenge, place
from judge.errors import BadInput

_CHECKABLE = 100  # elements of an answer that a person checks by hand
_EXAMPLE_TOLERANCE = 1e-4  # examples are written with four decimals


@dataclass(frozen=True)
class Block:
    """A ```python block. `line` is where its code begins in the file."""

    path: Path
    line: int
    code: str

    def run(self, **names: Any) -> dict[str, Any]:
        """Run the code. Returns the names that it defines, without those given. Raises BadInput with file and
        line.
        """
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


def _signature(path: Path) -> tuple[int, Mapping[str, inspect.Parameter]]:
    """The line of the block that says `def solve(...)`, and its parameters. Raises BadInput."""
    block = _only(path, r"^def solve\b", "def solve(...): ...")
    solve = block.run(torch=torch, Tensor=Tensor)["solve"]
    return block.line, inspect.signature(solve).parameters


def _example(path: Path) -> tuple[int, dict[str, Any]]:
    """The line of the block that defines `expected`, and all names that it defines. Raises BadInput."""
    block = _only(path, r"^expected\b", "expected = ...")
    return block.line, block.run(torch=torch)


def _only(path: Path, pattern: str, shown: str) -> Block:
    found = [block for block in blocks(path) if re.search(pattern, block.code, flags=re.M)]
    if len(found) != 1:
        count = "no" if not found else "more than one"
        raise BadInput(f"{path}: {count} ```python block has a line {shown}")
    return found[0]


def _rows(path: Path) -> dict[str, tuple[int, list[str]]]:
    """The rows of the table under "## Arguments", by name: the line, and three cells (dtype, shape, role).

    Raises BadInput if there is no such section, or a row has fewer cells.
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


def signature_faults(challenge: FolderChallenge) -> Iterator[str]:
    """Yields a line for each difference between the block with `def solve` and the reference.

    Raises BadInput if there is no such block.
    """
    spec = challenge.path / "spec.md"
    line, parameters = _signature(spec)
    names = challenge.signature.names
    if list(parameters) != names:
        said, is_ = ", ".join(parameters), ", ".join(names)
        yield f"{spec}:{line}: solve({said}) is not what the reference makes it: solve({is_})"
        return
    for p in challenge.signature.inputs:
        wanted = p.scalar or Tensor
        if parameters[p.name].annotation is not wanted:
            yield f"{spec}:{line}: {p.name} must be annotated as {wanted.__name__}, as in the reference"


def table_faults(challenge: FolderChallenge) -> Iterator[str]:
    """Yields a line for each difference between the table of arguments and the reference's annotations.

    Raises BadInput if there is no table.
    """
    spec = challenge.path / "spec.md"
    rows = _rows(spec)
    names = challenge.signature.names
    if list(rows) != names:
        wanted = ", ".join(names)
        yield f"{spec}: the rows of ## Arguments are {', '.join(rows) or 'none'}; they must be {wanted}"
        return
    for p in challenge.signature.parameters:
        line, (dtype, shape, role) = rows[p.name]
        where = f"{spec}:{line}: {p.name}"
        if p.scalar:
            if p.scalar.__name__ not in dtype:
                yield f"{where} is said to be {dtype!r}, the reference has {p.scalar.__name__}"
        else:
            if p.dtypes and dtype not in p.dtypes:
                yield f"{where} is said to be {dtype!r}, the reference has {', '.join(p.dtypes)}"
            if tuple(shape.split()) != p.dims:
                yield f"{where} is said to be of shape {shape!r}, the reference has {' '.join(p.dims)!r}"
        is_ = "output" if p.is_written else "input"
        if not role.startswith(is_):
            yield f"{where} is an {is_}, and its row must say so"


def example_faults(challenge: FolderChallenge) -> Iterator[str]:
    """Yields a line for each output of the reference that is not `expected`.

    Raises BadInput if the example cannot be tried.
    """
    spec = challenge.path / "spec.md"
    line, named = _example(spec)
    where = f"{spec}:{line}"
    arguments = [p.name for p in challenge.signature.inputs]
    missing = [name for name in arguments if name not in named]
    if missing:
        raise BadInput(f"{where}: the example does not define {', '.join(missing)}")
    inputs = {name: named[name] for name in arguments}
    if problem := challenge.problem(inputs):
        raise BadInput(f"{where}: the example has {problem}")
    answers = challenge.answer(inputs)
    expected = named["expected"] if isinstance(named["expected"], tuple) else (named["expected"],)
    if len(expected) != len(answers):
        raise BadInput(f"{where}: expected has {len(expected)} parts, the reference {len(answers)} outputs")
    for p, want, got in zip(challenge.signature.outputs, expected, answers, strict=True):
        if text := _not_expected(p.name, want, got):
            yield f"{where}: {text}"


def _not_expected(name: str, want: Any, got: Tensor) -> str:
    if not isinstance(want, Tensor) or (want.dtype, want.shape) != (got.dtype, got.shape):
        shown = f"{want.dtype} {list(want.shape)}" if isinstance(want, Tensor) else type(want).__name__
        return f"{name} is expected as {shown}, the reference gives {got.dtype} {list(got.shape)}"
    if got.numel() > _CHECKABLE:
        return f"{name} has {got.numel()} elements; nobody checks more than {_CHECKABLE} by hand"
    tolerance = _EXAMPLE_TOLERANCE
    near = torch.isclose(got.double(), want.double(), rtol=tolerance, atol=tolerance, equal_nan=True)
    if bool(near.all()):
        return ""
    place = (~near).nonzero()[0].tolist()
    told, found = want[tuple(place)].item(), got[tuple(place)].item()
    return f"{name}{place or ''} is expected to be {told:g}, the reference gives {found:g}"
