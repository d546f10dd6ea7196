"""Where challenges and solutions are found: by path, in the workspace, or among those that judge brings."""

import ast
import difflib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from judge.errors import BadInput
from judge.spec import read_spec

PARTS = ("spec.md", "reference.py", "inputs.py")


def shipped() -> Path:
    """The folder of the challenges and solutions that judge brings: the checkout, else the wheel's own."""
    package = Path(__file__).resolve().parent
    checkout = package.parent
    return checkout if (checkout / "challenges").is_dir() else package


def workspace() -> Path:
    """The nearest folder, here or above, with challenges or a .judge in it; else this one."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".judge").is_dir() or (folder / "challenges").is_dir():
            return folder
    return here


def _roots() -> list[Path]:
    return list(dict.fromkeys([workspace(), shipped()]))


def challenge_folders() -> dict[str, Path]:
    """Every challenge that has a name here; the workspace's win."""
    found: dict[str, Path] = {}
    for root in _roots():
        for spec in sorted((root / "challenges").glob("*/spec.md")):
            found.setdefault(spec.parent.name, spec.parent)
    return dict(sorted(found.items()))


def find_challenge(text: str) -> Path:
    """The folder of a challenge, given by path or by name. Raises BadInput."""
    given = Path(text)
    folder = given if os.path.isdir(given) else challenge_folders().get(given.name)
    if folder is None:
        near = difflib.get_close_matches(given.name, challenge_folders(), 3, 0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "judge list names them"
        raise BadInput(f"no such challenge: {text}; {hint}")
    for part in PARTS:
        if not (folder / part).is_file():
            raise BadInput(f"{folder}: not a challenge, it has no {part}")
    return folder


def find_folder(text: str) -> Path:
    """The folder of what is meant to be a challenge, as it has one of the files of one. Raises BadInput."""
    given = Path(text)
    for folder in (given, *(root / "challenges" / given.name for root in _roots())):
        if any((folder / part).is_file() for part in PARTS):
            return folder
    return find_challenge(text)


def challenge_hash(folder: Path) -> str:
    """SHA-256 over what decides a verdict: the code, and the spec's rules. A challenge that changes starts a
    new board; the prose of its spec may be mended, and named baselines may come and go, without one. Raises
    BadInput for what cannot be read.
    """
    spec = read_spec(folder / "spec.md")
    digest = hashlib.sha256(f"{spec.precision} {spec.deterministic}\n".encode())
    for part in ("reference.py", "inputs.py"):
        try:
            content = (folder / part).read_bytes()
        except OSError as error:
            raise BadInput(f"{folder}: no challenge, its {part} cannot be read ({error.strerror})") from None
        if part == "reference.py":
            content = _without_baselines(content)
        digest.update(f"{part} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _without_baselines(source: bytes) -> bytes:
    """A reference.py up to the functions and imports at its end that serve BASELINES alone."""
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
    # A statement that binds nothing has an effect, and stays.
    while body and (bound := _bound(body[-1])) and not bound & needed:
        body.pop()
    lines = source.split(b"\n")[: body[-1].end_lineno if body else 0]
    return b"".join(line + b"\n" for line in lines)


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a function, an import, or BASELINES = ... binds at the top of a module."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {alias.asname or alias.name.partition(".")[0] for alias in names}
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


@dataclass(frozen=True)
class Solution:
    """A solution's file as it was read: what is judged is what is recorded.

    `title` is the path as it was typed, `challenge` the file's CHALLENGE, "" if it names none.
    """

    path: Path
    title: str
    source: str
    challenge: str

    @property
    def hash(self) -> str:
        """SHA-256 of the source."""
        return hashlib.sha256(self.source.encode()).hexdigest()


def find_solution(text: str) -> Solution:
    """Read a solution, given by path (from here, the workspace, or what judge brings). Raises BadInput."""
    # os.path, unlike Path, bears a name of any length
    candidates = [Path(text), *(root / text for root in _roots())]
    path = next((p for p in candidates if os.path.isfile(p)), None)
    if path is None:
        if os.path.isdir(text):
            raise BadInput(f"{text} is a folder; a solution is one Python file")
        names = {p.name: p for root in reversed(_roots()) for p in (root / "solutions").glob("*.py")}
        beside = {p.name: p for p in Path(text).parent.glob("*.py")}
        near = difflib.get_close_matches(Path(text).name, {**names, **beside}, 3, 0.6)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise BadInput(f"no such solution: {text}{hint}")
    return read_solution(path, text)


def read_solution(path: Path, title: str | None = None) -> Solution:
    """Read a solution's file. Raises BadInput if it is no text."""
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as Python ({error})") from None
    return Solution(path, title or str(path), source, _challenge_named_in(source))


def _challenge_named_in(source: str) -> str:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = [t.id for t in targets if isinstance(t, ast.Name)]
            if "CHALLENGE" in named:
                return str(node.value.value)
    return ""


def all_solutions() -> list[Solution]:
    """The solutions of the workspace and of judge's own, by path; the workspace's win."""
    found: dict[str, Solution] = {}
    for root in _roots():
        for path in sorted((root / "solutions").glob("**/*.py")):
            name = str(path.relative_to(root))
            if name not in found:
                found[name] = read_solution(path, name)
    return list(found.values())
