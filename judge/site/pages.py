"""The contents of the site's pages: each challenge and each solution, with its records."""

import hashlib
import re
from dataclasses import dataclass, field

from judge.board.catalogue import Listing, listings
from judge.board.standings import Board, Entry, Standings
from judge.challenges.finding import all_challenges
from judge.challenges.format import DIFFICULTIES, About, FoundChallenge
from judge.solutions.finding import all_solutions, short_name
from judge.solutions.notes import Note, read_note


@dataclass
class SolutionPage:
    """The contents of a solution's page. `entries` has its best time on each device: of its current code, or,
    if there is none, of an earlier version; by the clock that counts most.
    """

    note: Note
    href: str
    entries: dict[str, Entry] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.note.solution.title

    @property
    def name(self) -> str:
        return self.note.solution.name

    @property
    def hash(self) -> str:
        return self.note.solution.hash

    def is_outdated(self, entry: Entry) -> bool:
        """Whether an entry is of an earlier version of this code (it may be recorded under another path)."""
        return bool(entry.record["code"] != self.note.solution.digest)


@dataclass
class ChallengePage:
    """The contents of a challenge's page, with its boards."""

    listing: Listing
    about: About
    found: FoundChallenge
    href: str
    solutions: list[SolutionPage]
    boards: list[Board]

    @property
    def best(self) -> Entry | None:
        """The fastest entry on the longest board of the clock that counts most."""
        of_clock = [board.entries for board in self.boards if board.method == self.boards[0].method]
        return max(of_clock, key=len)[0] if of_clock else None


def gather(database: str | None) -> tuple[list[ChallengePage], list[SolutionPage]]:
    """All challenges, the easy ones first, and all solutions."""
    standings = Standings(database)
    hrefs = _Hrefs()
    solutions = [SolutionPage(read_note(s), hrefs.of("solutions", s.title)) for s in all_solutions()]
    challenges = []
    known = all_challenges()
    for listing in listings(standings):
        found = known[listing.name]
        digest = found.digest()
        mine = [s for s in solutions if s.note.solution.challenge == listing.name]
        boards = standings.boards(listing.name, digest)
        for device in {board.device for board in boards}:
            entries = [entry for board in boards if board.device == device for entry in board.entries]
            for page in mine:
                if entry := _entry_of(page, entries):
                    page.entries[device] = entry
        challenges.append(
            ChallengePage(
                listing,
                found.about(),
                found,
                hrefs.of("challenges", listing.name),
                mine,
                boards,
            )
        )
    challenges.sort(key=lambda c: (DIFFICULTIES.index(c.about.difficulty), c.about.title.lower()))
    return challenges, solutions


def _entry_of(page: SolutionPage, entries: list[Entry]) -> Entry | None:
    """The first entry with a solution's code, whatever its path; else the first with its path."""
    own = [e for e in entries if e.record["code"] == page.note.solution.digest]
    earlier = [e for e in entries if e.record["solution"] == page.path]
    return next(iter([*own, *earlier]), None)


class _Hrefs:
    """Makes the paths of pages. Their names are plain, whatever the titles are, and all different."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, folder: str, title: str) -> str:
        stem = short_name(title)
        name = re.sub(r"[^a-z0-9_]+", "-", stem.lower()).strip("-")[:80]
        if name != stem or f"{folder}/{name}" in self._taken:
            name = f"{name or 'page'}-{hashlib.sha256(title.encode('utf-8', 'replace')).hexdigest()[:8]}"
        self._taken.add(f"{folder}/{name}")
        return f"{folder}/{name}.html"
