"""What the judge asks of a format before it loads a challenge: nothing here imports torch."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from judge.workspace import roots

if TYPE_CHECKING:
    from judge.challenges.protocol import Challenge

DIFFICULTIES = ("easy", "medium", "hard")


@dataclass(frozen=True)
class About:
    """What people read of a challenge; `text` is Markdown with $math$."""

    title: str
    difficulty: str
    tags: tuple[str, ...]
    origin: str
    text: str


class Format(Protocol):
    """A way in which challenges are written down. Each method raises BadInput for what cannot be read."""

    @property
    def name(self) -> str:
        """What people call the format."""
        ...

    def recognizes(self, path: Path) -> bool:
        """Whether a file or folder is meant to be a challenge of this format."""
        ...

    def challenges_in(self, folder: Path) -> Iterable[Path]:
        """The challenges that lie in a folder, without those of its folders."""
        ...

    def require_complete(self, path: Path) -> None:
        """Raises BadInput if a part is missing."""
        ...

    def files(self, path: Path) -> list[Path]:
        """The files that decide what a challenge is: who changes one of them changes the challenge."""
        ...

    def digest(self, path: Path) -> str:
        """SHA-256 over what decides a verdict. Another digest is another leaderboard."""
        ...

    def about(self, path: Path) -> About:
        """What there is to read."""
        ...

    def reference_source(self, path: Path) -> str:
        """The source of the reference, for people to read."""
        ...

    def load(self, path: Path) -> "Challenge":
        """The challenge itself. It runs the challenge's code, which is trusted, and imports torch."""
        ...


@dataclass(frozen=True)
class FoundChallenge:
    """A challenge that was found and is not loaded: its path, and its format, which answers for it."""

    path: Path
    format: Format

    @property
    def name(self) -> str:
        """What boards and solutions call it: its folder's name, or its file's without the suffix."""
        path = self.path.resolve()
        return path.name if path.is_dir() else path.stem

    @property
    def files(self) -> list[Path]:
        return self.format.files(self.path)

    def digest(self) -> str:
        return self.format.digest(self.path)

    def about(self) -> About:
        return self.format.about(self.path)

    def load(self) -> "Challenge":
        return self.format.load(self.path)

    @property
    def argument(self) -> str:
        """How to name it on the command line: its path from here if it lies below; its name where that finds
        it; else its whole path.
        """
        path = self.path.resolve()
        if path.is_relative_to(Path.cwd()):
            return str(path.relative_to(Path.cwd()))
        named = any((root / "challenges").resolve() == path.parent for root in roots())
        return self.name if named else str(path)
