"""The files of tests/adversaries: submissions that try to cheat, or to do harm, in earnest.

Each stands in the folder of its family. Its docstring says what it tries, and ends with two lines:

    Beats: in_process, which keeps the answer where the submission runs.
    Here: wrong_answer, as the answer is in another process.

The first word is a judge of tests/naive.py that takes the file, or "-" if there is none without a GPU. The
second line begins with what this judge says of it on the interpreter: a status, or several with "or".
"accepted" is for files that only do harm, or that gain nothing without a clock.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "adversaries"
STATUSES = ("accepted", "wrong_answer", "compile_error", "runtime_error", "time_limit", "rule_violation")


@dataclass(frozen=True)
class Adversary:
    """A file, what it tries, the naive judge that it beats, and the statuses that it may get here."""

    path: Path
    challenge: str
    tries: str
    beats: str
    statuses: tuple[str, ...]

    @property
    def family(self) -> str:
        return self.path.parent.name

    @property
    def name(self) -> str:
        return f"{self.family}/{self.path.stem}"


def read(path: Path) -> Adversary:
    """Read a file's docstring. Raises ValueError if it does not say what it must."""
    tree = ast.parse(path.read_text())
    text = ast.get_docstring(tree) or ""
    beats = re.search(r"^Beats: (\w+|-)[,.:]", text, re.M)
    here = re.search(r"^Here: ([a-z_]+(?: or [a-z_]+)*)[,.:]", text, re.M)
    challenge = [
        node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "CHALLENGE"
        and isinstance(node.value, ast.Constant)
    ]
    statuses = tuple(here[1].split(" or ")) if here else ()
    if not beats or not statuses or set(statuses) - set(STATUSES) or len(challenge) != 1:
        raise ValueError(f"{path}: its docstring needs lines Beats: and Here:, and it needs a CHALLENGE")
    tries = " ".join(text.partition("\nBeats:")[0].split())
    return Adversary(path, str(challenge[0]), tries, beats[1], statuses)


def adversaries() -> list[Adversary]:
    """All files, sorted by family and name."""
    return [read(path) for path in sorted(FOLDER.glob("*/*.py"))]
