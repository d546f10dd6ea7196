"""Finding and reading solutions: by path, in the workspace, or among those that are shipped."""

import difflib
import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from judge.errors import BadInput
from judge.solutions.languages import LANGUAGES, Language, language_of
from judge.workspace import roots


@dataclass(frozen=True)
class Solution:
    """A solution's file. Its text is read only once, so what is judged is also what is recorded.

    `title` is the path as the user typed it. `challenge` is the one that the file names, "" if it names none.
    """

    path: Path
    title: str
    source: str
    challenge: str
    language: Language

    @property
    def hash(self) -> str:
        """SHA-256 of the source."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    @cached_property
    def digest(self) -> str:
        """A digest of the code that runs. The note and the comments do not change it."""
        return self.language.digest(self.source)

    @property
    def name(self) -> str:
        """A short name: softmax for solutions/softmax.py."""
        return short_name(self.title)

    @property
    def file_name(self) -> str:
        """The name of the file in a runner's scratch folder."""
        return f"solution{self.language.suffix}"


def short_name(title: str) -> str:
    """A solution's path without the folder and the suffix that most paths share: softmax for
    solutions/softmax.py.
    """
    name = title.removeprefix("solutions/")
    suffix = next((s for s in LANGUAGES if name.endswith(s)), "")
    return name.removesuffix(suffix)


def find_solution(text: str) -> Solution:
    """Read a solution. Its path may start at the current folder, the workspace, or the shipped files.

    Raises BadInput.
    """
    # Path.is_file raises on a name that is too long; os.path.isfile does not.
    candidates = [Path(text), *(root / text for root in roots())]
    path = next((p for p in candidates if os.path.isfile(p)), None)
    if path is None:
        if os.path.isdir(text):
            raise BadInput(f"{text} is a folder; a solution is one file")
        # By their names, and told as paths that can be given.
        paths = {p.name: str(p.relative_to(root)) for root in roots() for p in _files(root / "solutions")}
        paths |= {p.name: str(p) for p in _files(Path(text).parent)}
        near = difflib.get_close_matches(Path(text).name, sorted(paths), 3)
        hint = f"did you mean {', '.join(paths[name] for name in near)}?" if near else ""
        raise BadInput("; ".join(filter(None, (f"no such solution: {text}", hint))))
    return read_solution(path, text)


def _files(folder: Path, pattern: str = "*") -> list[Path]:
    """The files of a folder that are in a known language, sorted by path."""
    return sorted(p for suffix in LANGUAGES for p in folder.glob(f"{pattern}{suffix}"))


def read_solution(path: Path, title: str | None = None) -> Solution:
    """Read a solution's file. Raises BadInput if it is not text, or not in a known language."""
    language = language_of(path)
    try:
        source = path.read_text(encoding="utf-8-sig")  # some editors put a mark first, which is no text
    except UnicodeDecodeError as error:
        told = f"byte {error.start} is no UTF-8; save it in UTF-8"
        raise BadInput(f"{path}: cannot be read as {language.name}: {told}") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read as {language.name}: {error.strerror}") from None
    return Solution(path, title or str(path), source, language.challenge_named_in(source), language)


def all_solutions() -> list[Solution]:
    """The solutions of the workspace, then the shipped ones. One in the workspace hides a shipped one of the
    same path.
    """
    found: dict[str, Solution] = {}
    for root in roots():
        for path in _files(root / "solutions", "**/*"):
            name = str(path.relative_to(root))
            if name not in found:
                found[name] = read_solution(path, name)
    return list(found.values())
