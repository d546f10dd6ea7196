"""The languages that solutions are written in, one module each. The rest of the judge uses only this package.

To add a language, write a module here, an entry in LANGUAGES, and a loader of the same name in
judge/runner/loading.py.
"""

from pathlib import Path
from typing import Protocol

from judge.errors import BadInput
from judge.solutions.languages.python import Python


class Language(Protocol):
    """The interface of a language. No method runs the source, and none raises an error, whatever the text."""

    @property
    def name(self) -> str:
        """The name for people, which is also the name of its loader in a runner."""
        ...

    @property
    def suffix(self) -> str:
        """The end of its files' names, such as ".py"."""
        ...

    def challenge_named_in(self, source: str) -> str:
        """The challenge that a source says it solves, "" if it names none."""
        ...

    def note(self, source: str) -> tuple[str, str]:
        """The note that explains a source, "" if it has none, and the source without it."""
        ...

    def digest(self, source: str) -> str:
        """A digest of the code that runs: the same for sources that differ only in notes and comments."""
        ...

    def syntax_problem(self, source: str) -> tuple[int, str] | None:
        """The reason why a source cannot be parsed: a line (0 if unknown) and what is wrong there.

        None if it can be parsed.
        """
        ...


LANGUAGES: dict[str, Language] = {language.suffix: language for language in (Python(),)}


def language_of(path: Path) -> Language:
    """The language of a file, by its suffix. A file without a suffix counts as Python. Raises BadInput."""
    language = LANGUAGES.get(path.suffix or Python().suffix)
    if language is None:
        known = ", ".join(f"{each.name} ({suffix})" for suffix, each in LANGUAGES.items())
        raise BadInput(f"{path}: a solution is a file in {known}, not {path.suffix}")
    return language


def digest_of(title: str, source: str) -> str:
    """A digest of the code that runs in a recorded source.

    Records may come from anywhere, so the file may be in an unknown language. It then counts as Python, and
    if it cannot be parsed as Python, the digest is that of its text.
    """
    return LANGUAGES.get(Path(title).suffix, LANGUAGES[Python().suffix]).digest(source)
