"""Notes: what a solution says of itself, Markdown that explains the code below it."""

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
    """Take a solution's note and code apart. What cannot be read in its language is all code."""
    text, code = solution.language.note(solution.source)
    if not text:
        return Note(solution, solution.title, "", code)
    heading, _, body = text.partition("\n")
    return Note(solution, heading.lstrip("# ").strip() or solution.title, body.strip() + "\n", code)
