"""The languages that solutions are written in: one module each, and the rest of the judge asks only this one.

A new language is a module here, an entry in LANGUAGES, and a loader of its name in judge/runner/loading.py.
"""

from pathlib import Path
from typing import Protocol

from judge.errors import BadInput
from judge.solutions.languages.python import Python


class Language(Protocol):
    """What the judge asks of a language. No method runs the source, and none raises on any text."""

    @property
    def name(self) -> str:
        """What people call it, and what a runner knows its loader by."""
        ...

    @property
    def suffix(self) -> str:
        """The end of its files' names: ".py"."""
        ...

    def challenge_named_in(self, source: str) -> str:
        """The challenge that a source says it solves, "" if it names none."""
        ...

    def note(self, source: str) -> tuple[str, str]:
        """The note that explains a source, "" if it has none, and the source without it."""
        ...

    def digest(self, source: str) -> str:
        """A digest of what runs: the same for sources that differ in notes and comments only."""
        ...

    def syntax_problem(self, source: str) -> tuple[int, str] | None:
        """Why it cannot be read: a line (0 if unknown) and what is wrong; None if it can."""
        ...


LANGUAGES: dict[str, Language] = {language.suffix: language for language in (Python(),)}


def language_of(path: Path) -> Language:
    """The language of a file, by its suffix; a file without one is taken for Python. Raises BadInput."""
    language = LANGUAGES.get(path.suffix or Python().suffix)
    if language is None:
        known = ", ".join(f"{each.name} ({suffix})" for suffix, each in LANGUAGES.items())
        raise BadInput(f"{path}: a solution is a file in {known}, not {path.suffix}")
    return language


def digest_of(title: str, source: str) -> str:
    """A digest of what runs of a recorded source, whatever the language of its file: rows may come from
    anywhere, so a file in no language that we know is taken for Python, and has a digest of its text.
    """
    return LANGUAGES.get(Path(title).suffix, LANGUAGES[Python().suffix]).digest(source)
