"""The interface of a challenge format, for use before a challenge is loaded. Nothing here imports torch."""

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
    """The description of a challenge for readers. `text` is Markdown with $math$."""

    title: str
    difficulty: str
    tags: tuple[str, ...]
    origin: str
    text: str


class Format(Protocol):
    """A way to write challenges in files. Each method raises BadInput if something cannot be read."""

    @property
    def name(self) -> str:
        """The name of the format, for people."""
        ...

    def recognizes(self, path: Path) -> bool:
        """Whether a file or folder is meant to be a challenge of this format."""
        ...

    def challenges_in(self, folder: Path) -> Iterable[Path]:
        """The paths of the challenges that lie directly in a folder."""
        ...

    def require_complete(self, path: Path) -> None:
        """Raises BadInput if a part is missing."""
        ...

    def files(self, path: Path) -> list[Path]:
        """The files that define a challenge. A change to one of them changes the challenge."""
        ...

    def digest(self, path: Path) -> str:
        """The SHA-256 of everything that decides a verdict. Each digest has its own leaderboard."""
        ...

    def about(self, path: Path) -> About:
        """The description of the challenge."""
        ...

    def reference_source(self, path: Path) -> str:
        """The source of the reference, for people to read."""
        ...

    def load(self, path: Path) -> "Challenge":
        """Load the challenge. This runs the challenge's code, which is trusted, and imports torch."""
        ...


@dataclass(frozen=True)
class FoundChallenge:
    """A challenge that was found but not loaded: its path, and the format that reads it."""

    path: Path
    format: Format

    @property
    def name(self) -> str:
        """The name that boards and solutions use: that of the folder, or of the file without the suffix."""
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
        """The argument that names the challenge on the command line.

        This is the relative path if the challenge lies below the current folder, else its name if the name
        finds it, else the absolute path.
        """
        path = self.path.resolve()
        if path.is_relative_to(Path.cwd()):
            return str(path.relative_to(Path.cwd()))
        named = any((root / "challenges").resolve() == path.parent for root in roots())
        return self.name if named else str(path)
