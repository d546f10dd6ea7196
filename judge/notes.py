"""Notes: a solution's docstring, Markdown that explains the code below it."""

import ast
import difflib
import hashlib
import inspect
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from judge.errors import BadInput
from judge.leaderboard import Leaderboard, reference_rows
from judge.spec import Spec, read_spec
from judge.workspace import Solution, all_solutions, challenge_folders, challenge_hash, find_solution

Row = dict[str, Any]

_UNREADABLE = (SyntaxError, ValueError, MemoryError, RecursionError)  # what ast.parse raises
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Note:
    """A solution as a text to read.

    `title` is the docstring's first heading (else its first line), `body` the Markdown below it, `code` the
    source without the docstring. A solution without a docstring has its path as the title and no body.
    """

    solution: Solution
    title: str
    body: str
    code: str


def read_note(solution: Solution) -> Note:
    """Take a solution's docstring and code apart. One that is no Python is all code."""
    source = solution.source
    try:
        first = ast.parse(source).body[0]
    except (*_UNREADABLE, IndexError):
        return Note(solution, solution.title, "", source)
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        return Note(solution, solution.title, "", source)
    if not isinstance(first.value.value, str):
        return Note(solution, solution.title, "", source)
    note = inspect.cleandoc(first.value.value)
    heading, _, body = note.partition("\n")
    code = "\n".join(source.split("\n")[first.end_lineno :])  # lines as ast counts them
    return Note(
        solution, heading.lstrip("# ").strip() or solution.title, body.strip() + "\n", code.lstrip("\n")
    )


@dataclass(frozen=True)
class Entry:
    """A note with what is known of it: the challenge's spec, and the best times of its code.

    `times` are rows of the leaderboard, judge's own reference times among them: the fastest accepted one per
    device for this very code (notes and comments may change), on the challenge as it is now; fastest first.
    """

    note: Note
    spec: Spec
    times: list[Row]

    @property
    def challenge(self) -> str:
        """The name of the challenge."""
        return self.note.solution.challenge

    @property
    def name(self) -> str:
        """The solution's name: its path without solutions/ and .py."""
        return self.note.solution.title.removeprefix("solutions/").removesuffix(".py")

    @property
    def best(self) -> Row | None:
        """The fastest row."""
        return self.times[0] if self.times else None

    def as_json(self, whole: bool = False) -> dict[str, Any]:
        """For programs; the note and the code too if it is `whole`."""
        best = self.best or {}
        brief = dict(
            challenge=self.challenge,
            solution=self.note.solution.title,
            title=self.note.title,
            tags=list(self.spec.tags),
            difficulty=self.spec.difficulty,
            best_us=best.get("score_us"),
            device=best.get("device"),
            roofline=best.get("roofline"),
        )
        return brief | dict(note=self.note.body, code=self.note.code) if whole else brief


def listed(database: str | None) -> list[Entry]:
    """The notes of all solutions that name a challenge there is: by challenge, a challenge's fastest first.

    Raises BadInput for a spec or a solution that cannot be read, and for an unreachable database.
    """
    return _entries(all_solutions(), database)


def find(entries: list[Entry], name: str, database: str | None) -> list[Entry]:
    """Those of a challenge, or of a solution given by name or path (of any file). Raises BadInput."""
    folders = challenge_folders()
    if os.path.isfile(name):  # unlike Path.is_file it bears any text
        return [_of_file(name, database)]
    if Path(name).name in folders:
        found = [entry for entry in entries if entry.challenge == Path(name).name]
        if not found:
            raise BadInput(f"no solution of {name} is known here: put one into solutions/")
        return found
    found = [e for e in entries if name in (e.note.solution.title, e.name, e.note.solution.path.name)]
    if not found:
        known = {*folders, *(entry.name for entry in entries)}
        near = difflib.get_close_matches(Path(name).stem, known, 3, 0.6)
        near = near or sorted(each for each in known if name in each)[:3]
        hint = f"did you mean {', '.join(near)}?" if near else "judge notes lists all"
        raise BadInput(f"no such note: {name}; {hint}")
    return found


def _of_file(path: str, database: str | None) -> Entry:
    solution = find_solution(path)
    found = _entries([solution], database)
    if not found:
        named = solution.challenge
        problem = f"no such challenge: {named}" if named else "it names no challenge"
        raise BadInput(f'{path}: {problem}; a solution says CHALLENGE = "softmax", for instance')
    return found[0]


def check_tags(entries: list[Entry], tags: Iterable[str]) -> None:
    """Raises BadInput for a tag that none of the challenges has."""
    known = {tag.lower() for entry in entries for tag in entry.spec.tags}
    for tag in tags:
        if tag.lower() not in known:
            near = difflib.get_close_matches(tag.lower(), known, 3, 0.5)
            hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(sorted(known))}"
            raise BadInput(f"no such tag: {tag}; {hint}")


def select(entries: list[Entry], tags: Iterable[str], text: str) -> list[Entry]:
    """Those with all the tags, and all words of the text in title, note, code or challenge, in any case."""
    wanted = {tag.lower() for tag in tags}
    words = text.lower().split()
    return [
        entry
        for entry in entries
        if wanted <= {tag.lower() for tag in entry.spec.tags}
        and all(word in _searched(entry) for word in words)
    ]


def _searched(entry: Entry) -> str:
    note = entry.note
    return "\n".join([note.title, note.body, note.code, entry.spec.title, entry.challenge]).lower()


def _entries(solutions: list[Solution], database: str | None) -> list[Entry]:
    folders = challenge_folders()
    rows = [r for r in (*Leaderboard(database).rows(), *reference_rows()) if r["status"] == "accepted"]
    specs = {
        name: read_spec(folders[name] / "spec.md") for name in {s.challenge for s in solutions} & set(folders)
    }
    digests = {name: challenge_hash(folders[name]) for name in specs}
    found = []
    for solution in solutions:
        name = solution.challenge
        if name in specs:
            note = read_note(solution)
            timed = [r for r in rows if (r["challenge"], r["challenge_hash"]) == (name, digests[name])]
            found.append(Entry(note, specs[name], _best(note, timed)))
    return sorted(found, key=_order)


def _best(note: Note, rows: list[Row]) -> list[Row]:
    best: dict[str, Row] = {}
    for row in rows:
        if row["score_us"] is not None and is_time_of(note, row):
            known = best.get(row["device"])
            if known is None or row["score_us"] < known["score_us"]:
                best[row["device"]] = row
    return sorted(best.values(), key=lambda row: row["score_us"])


def is_time_of(note: Note, row: Row) -> bool:
    """Whether a row was measured with this code, whatever its note and its comments said then."""
    return program(row["source"]) == program(note.solution.source)


@lru_cache(maxsize=1 << 14)
def program(source: str) -> str:
    """A digest of what Python runs: no comments, no docstrings. Of what is no Python, a digest of it all."""
    try:
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node, clean=False) is not None:
                del node.body[0]
        text = ast.dump(tree)
    except _UNREADABLE:
        text = source
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _order(entry: Entry) -> tuple[str, float, str]:
    best = entry.best
    return entry.challenge, best["score_us"] if best else float("inf"), entry.note.solution.title
