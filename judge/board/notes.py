"""Notes with the times of their code: the list of all notes, and functions that search it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.board.columns import Record
from judge.board.standings import CLOCKS, Standings, pace
from judge.challenges.finding import all_challenges
from judge.challenges.format import About
from judge.errors import BadInput, did_you_mean
from judge.solutions.finding import Solution, all_solutions, find_solution
from judge.solutions.notes import Note, read_note


@dataclass(frozen=True)
class TimedNote:
    """A note, the description of its challenge, and the best times of its code.

    `times` are records: the best accepted one on each device, best first. They are of the same code
    (notes and comments may differ) and of the challenge's current version.
    """

    note: Note
    about: About
    times: list[Record]

    @property
    def challenge(self) -> str:
        """The name of the challenge."""
        return self.note.solution.challenge

    @property
    def name(self) -> str:
        """The solution's name."""
        return self.note.solution.name

    @property
    def best(self) -> Record | None:
        """The best record: by the clock that counts most, the fastest."""
        return self.times[0] if self.times else None

    def as_json(self, whole: bool = False) -> dict[str, Any]:
        """A dictionary that json.dumps takes. If it is `whole`, it has the note and the code too."""
        best = self.best or {}
        brief = dict(
            challenge=self.challenge,
            solution=self.note.solution.title,
            title=self.note.title,
            tags=list(self.about.tags),
            difficulty=self.about.difficulty,
            best_us=best.get("score_us"),
            device=best.get("device"),
            method=best.get("method"),
            roofline=best.get("roofline"),
        )
        return brief | dict(note=self.note.body, code=self.note.code) if whole else brief


def listed(standings: Standings) -> list[TimedNote]:
    """The notes of all solutions that name a known challenge: by challenge, then the fastest first.

    Raises BadInput for a challenge or a solution that cannot be read.
    """
    return _timed_notes(all_solutions(), standings)


def find(notes: list[TimedNote], name: str, standings: Standings) -> list[TimedNote]:
    """The notes of a challenge, or of a solution that is given by name or by the path of any file.

    Raises BadInput.
    """
    challenges = all_challenges()
    if os.path.isfile(name):  # unlike Path.is_file it never raises
        return [_of_file(name, standings)]
    if Path(name).name in challenges:
        found = [note for note in notes if note.challenge == Path(name).name]
        if not found:
            raise BadInput(f"no solution of {name} is known here: put one into solutions/")
        return found
    found = [n for n in notes if name in (n.note.solution.title, n.name, n.note.solution.path.name)]
    if not found:
        known = {*challenges, *(note.name for note in notes)}
        inside = ", ".join(sorted(each for each in known if name in each)[:3])
        otherwise = f"did you mean {inside}?" if inside else "judge notes lists all"
        raise BadInput(f"no such note: {name}; {did_you_mean(Path(name).stem, known, otherwise)}")
    return found


def _of_file(path: str, standings: Standings) -> TimedNote:
    solution = find_solution(path)
    found = _timed_notes([solution], standings)
    if not found:
        named = solution.challenge
        problem = f"no such challenge: {named}" if named else "it names no challenge"
        raise BadInput(f'{path}: {problem}; a solution says CHALLENGE = "softmax", for instance')
    return found[0]


def check_tags(notes: list[TimedNote], tags: Iterable[str]) -> None:
    """Raises BadInput for a tag that none of the challenges has."""
    known = {tag.lower() for each in notes for tag in each.about.tags}
    for tag in tags:
        if tag.lower() not in known:
            hint = did_you_mean(tag.lower(), known, f"there are {', '.join(sorted(known))}")
            raise BadInput(f"no such tag: {tag}; {hint}")


def select(notes: list[TimedNote], tags: Iterable[str], text: str) -> list[TimedNote]:
    """The notes that have all the tags and all words of the text. The words may be in title, note, code or
    challenge, in upper or lower case.
    """
    wanted = {tag.lower() for tag in tags}
    words = text.lower().split()
    return [
        each
        for each in notes
        if wanted <= {tag.lower() for tag in each.about.tags}
        and all(word in _searched(each) for word in words)
    ]


def _searched(each: TimedNote) -> str:
    note = each.note
    return "\n".join([note.title, note.body, note.code, each.about.title, each.challenge]).lower()


def _timed_notes(solutions: list[Solution], standings: Standings) -> list[TimedNote]:
    challenges = all_challenges()
    named = {s.challenge for s in solutions} & set(challenges)
    abouts = {name: challenges[name].about() for name in named}
    digests = {name: challenges[name].digest() for name in named}
    found = [
        TimedNote(read_note(s), abouts[s.challenge], standings.times_of(s, digests[s.challenge]))
        for s in solutions
        if s.challenge in named
    ]
    return sorted(found, key=_order)


def _order(note: TimedNote) -> tuple[str, tuple[int, float], str]:
    last = len(CLOCKS), 0.0
    return note.challenge, pace(note.best) if note.best else last, note.note.solution.title
