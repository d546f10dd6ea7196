"""Notes: the Markdown text with which a solution explains its code."""

from dataclasses import dataclass

from judge.solutions.finding import Solution


@dataclass(frozen=True)
class Note:
    """A solution as a text to read.

    `title` is the note's first heading (else its first line), `body` the Markdown below it, `code` the source
    without the note. A solution without a note has its path as the title and no body.
    """

    solution: Solution
    title: str
    body: str
    code: str


def read_note(solution: Solution) -> Note:
    """Separate a solution's note from its code. A source that cannot be parsed is all code."""
    text, code = solution.language.note(solution.source)
    if not text:
        return Note(solution, solution.title, "", code)
    heading, _, body = text.partition("\n")
    return Note(solution, heading.lstrip("# ").strip() or solution.title, body.strip() + "\n", code)
