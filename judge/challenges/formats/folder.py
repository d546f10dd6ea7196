"""The format `folder`: a folder with spec.md, reference.py and inputs.py (docs/challenges.md).

Nothing here imports torch.
"""

import ast
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from judge.challenges.format import About
from judge.challenges.formats.spec import read_spec
from judge.errors import BadInput

if TYPE_CHECKING:
    from judge.challenges.formats.folder_challenge import FolderChallenge

PARTS = ("spec.md", "reference.py", "inputs.py")


class Folder:
    """The format `folder`."""

    name = "folder"

    def recognizes(self, path: Path) -> bool:
        """Whether the folder has one of the three files."""
        # Path.is_file raises on a name that is too long; os.path.isfile does not.
        return any(os.path.isfile(path / part) for part in PARTS)

    def challenges_in(self, folder: Path) -> Iterable[Path]:
        return sorted(spec.parent for spec in folder.glob(f"*/{PARTS[0]}"))

    def require_complete(self, path: Path) -> None:
        for part in PARTS:
            if not (path / part).is_file():
                raise BadInput(f"{path}: not a challenge, it has no {part}")

    def files(self, path: Path) -> list[Path]:
        return [path / part for part in PARTS]

    def about(self, path: Path) -> About:
        spec = read_spec(path / "spec.md")
        return About(spec.title, spec.difficulty, spec.tags, spec.origin, spec.body)

    def reference_source(self, path: Path) -> str:
        return (path / "reference.py").read_text(encoding="utf-8", errors="replace")

    def load(self, path: Path) -> "FolderChallenge":
        from judge.challenges.formats.folder_challenge import FolderChallenge

        return FolderChallenge(path)

    def digest(self, path: Path) -> str:
        """The SHA-256 of the code and of the spec's rules. The text of a spec and the named baselines may
        change without a new leaderboard.
        """
        spec = read_spec(path / "spec.md")
        digest = hashlib.sha256(f"{spec.precision} {spec.deterministic}\n".encode())
        for part in ("reference.py", "inputs.py"):
            try:
                content = (path / part).read_bytes()
            except OSError as error:
                raise BadInput(
                    f"{path}: not a challenge, its {part} cannot be read ({error.strerror})"
                ) from None
            if part == "reference.py":
                content = _without_baselines(content)
            digest.update(f"{part} {len(content)}\n".encode() + content)
        return digest.hexdigest()


def _without_baselines(source: bytes) -> bytes:
    """The source of a reference.py without the functions and imports at its end that only BASELINES needs."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return source
    if not any("BASELINES" in _bound(statement) for statement in body):
        return source
    needed, before = {"reference", "flops"}, 0
    while len(needed) > before:
        before = len(needed)
        for statement in body:
            if _bound(statement) & needed:
                needed |= {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    # A statement that binds no name may have an effect, so it stays.
    while body and (bound := _bound(body[-1])) and not bound & needed:
        body.pop()
    lines = source.split(b"\n")[: body[-1].end_lineno if body else 0]
    return b"".join(line + b"\n" for line in lines)


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement of a module binds: a function, a class, an import, or an assignment."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {alias.asname or alias.name.partition(".")[0] for alias in names}
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()
