"""What the site has pages for: each challenge and each solution, with what was recorded of it."""

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from judge.catalogue import Listing, listings
from judge.notes import Note, is_time_of, read_note
from judge.spec import DIFFICULTIES, Spec, read_spec
from judge.standings import Entry, Row, Standings
from judge.workspace import all_solutions, challenge_folders, challenge_hash


@dataclass
class SolutionPage:
    """A solution as its page shows it. `entries` holds its best time per device."""

    note: Note
    href: str
    entries: dict[str, Entry] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.note.solution.title

    @property
    def name(self) -> str:
        """The path without what all share: softmax for solutions/softmax.py."""
        return self.path.removeprefix("solutions/").removesuffix(".py")

    @cached_property
    def hash(self) -> str:
        return self.note.solution.hash


@dataclass
class ChallengePage:
    """A challenge as its page shows it: boards and history per device."""

    listing: Listing
    spec: Spec
    folder: Path
    href: str
    solutions: list[SolutionPage]
    boards: dict[str, list[Entry]]
    history: dict[str, list[Row]]

    @property
    def best(self) -> Entry | None:
        """The fastest entry, on the device whose board is longest."""
        return max(self.boards.values(), key=len)[0] if self.boards else None


def gather(database: str | None) -> tuple[list[ChallengePage], list[SolutionPage]]:
    """All challenges, the easy ones first, and all solutions."""
    standings = Standings(database)
    hrefs = _Hrefs()
    solutions = [SolutionPage(read_note(s), hrefs.of("solutions", s.title)) for s in all_solutions()]
    challenges = []
    folders = challenge_folders()
    for listing in listings(database):
        folder = folders[listing.name]
        digest = challenge_hash(folder)
        mine = [s for s in solutions if s.note.solution.challenge == listing.name]
        boards = standings.boards(listing.name, digest)
        for device, entries in boards.items():
            for solution in mine:
                # Of this very code: what its file held before has times of its own, on the board.
                own = [e for e in entries if is_time_of(solution.note, e.row)]
                if own:
                    solution.entries[device] = own[0]
        challenges.append(
            ChallengePage(
                listing,
                read_spec(folder / "spec.md"),
                folder,
                hrefs.of("challenges", listing.name),
                mine,
                boards,
                standings.history(listing.name, digest),
            )
        )
    challenges.sort(key=lambda c: (DIFFICULTIES.index(c.spec.difficulty), c.spec.title.lower()))
    return challenges, solutions


class _Hrefs:
    """Where pages lie: plain names whatever the titles are, and no two alike."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, folder: str, title: str) -> str:
        stem = title.removeprefix("solutions/").removesuffix(".py")
        name = re.sub(r"[^a-z0-9_]+", "-", stem.lower()).strip("-")[:80]
        if name != stem or f"{folder}/{name}" in self._taken:
            name = f"{name or 'page'}-{hashlib.sha256(title.encode('utf-8', 'replace')).hexdigest()[:8]}"
        self._taken.add(f"{folder}/{name}")
        return f"{folder}/{name}.html"
