"""The one module that reads times: boards, histories, best times of a solution's code, solved challenges."""

import json
import os
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import PurePath
from typing import Any, get_args

from judge.board.columns import Record
from judge.board.lines import moment_of, reference_records, work_in
from judge.board.store import Leaderboard
from judge.errors import BadInput
from judge.solutions.finding import Solution, read_solution
from judge.verdict.verdict import BenchmarkResult, Conditions, Method
from judge.workspace import roots

# The clocks, the one that counts most first. None is the clock of judges that had only one.
CLOCKS: tuple[str | None, ...] = (*get_args(Method), None)


@dataclass(frozen=True)
class Entry:
    """A time on a board: the record, and its rank among the `entries` of the board.

    `outdated` says that the code of its solution has changed since (other than notes and comments). Tables
    show it as †.
    """

    record: Record
    rank: int
    entries: int
    outdated: bool

    @cached_property
    def benchmarks(self) -> list[BenchmarkResult]:
        """The benchmarks of its verdict."""
        return benchmarks_of(self.record)


@dataclass(frozen=True)
class Board:
    """The times of one device by one clock (one of CLOCKS): two clocks are never ranked together.

    `entries` has each author's best time with each solution, fastest first. `history` has all times that say
    when they were taken, oldest first.
    """

    device: str
    method: str | None
    entries: list[Entry]
    history: list[Record]


class Standings:
    """All records, read once: those of the leaderboard and the shipped ones. Raises BadInput.

    Noisy times are only among the records: they are ranked nowhere. Methods with a parameter `digest` take
    the digest of a challenge's current version. With None, they take times of any version.
    """

    def __init__(self, database: str | Leaderboard | None = None) -> None:
        board = database if isinstance(database, Leaderboard) else Leaderboard(database)
        own = board.records()
        known = {record["id"] for record in own}
        self.own = own
        self._all = [*own, *(r for r in reference_records() if r["id"] not in known)]
        self._codes: dict[str, str | None] = {}
        self._timed: dict[str, list[Record]] = defaultdict(list)
        for record in self._all:
            if _is_ranked(record):
                self._timed[record["challenge"]].append(record)

    @property
    def challenges(self) -> list[str]:
        """The names of all challenges that have records."""
        return sorted({record["challenge"] for record in self._all})

    def is_solved(self, challenge: str, digest: str) -> bool:
        """Whether a submission was accepted here, timed or not."""
        return any(r["status"] == "accepted" and _is_of(r, challenge, digest) for r in self.own)

    def own_best(self, challenge: str, digest: str) -> Record | None:
        """The fastest time that was recorded here, on any device, by the clock that counts most."""
        ranked = [r for r in self.own if _is_ranked(r) and _is_of(r, challenge, digest)]
        return min(ranked, key=pace, default=None)

    def boards(self, challenge: str, digest: str | None) -> list[Board]:
        """The boards of a challenge: those of the clock that counts most first, then by device."""
        times: dict[tuple[int, str], list[Record]] = defaultdict(list)
        for record in self._timed[challenge]:
            if _is_of(record, challenge, digest):
                times[CLOCKS.index(record["method"]), record["device"]].append(record)
        return [self._board(device, CLOCKS[clock], times[clock, device]) for clock, device in sorted(times)]

    def entries(self, challenge: str, digest: str | None, device: str, method: str | None) -> list[Entry]:
        """The entries of one board, none if there is no such board."""
        boards = self.boards(challenge, digest)
        return [e for b in boards if (b.device, b.method) == (device, method) for e in b.entries]

    def _board(self, device: str, method: str | None, times: list[Record]) -> Board:
        best: dict[tuple[str, str], Record] = {}
        for record in sorted(times, key=lambda r: (r["score_us"], r["time"])):
            best.setdefault((record["author"], record["solution"]), record)
        entries = [
            Entry(record, rank, len(best), self._is_outdated(record))
            for rank, record in enumerate(best.values(), 1)
        ]
        dated = [record for record in times if seconds(record) is not None]
        return Board(device, method, entries, sorted(dated, key=lambda r: seconds(r) or 0.0))

    def times_of(self, solution: Solution, digest: str) -> list[Record]:
        """The best time of a solution's current code on each device: by the clock that counts most, the
        fastest. They are in this order too.
        """
        best: dict[str, Record] = {}
        for record in sorted(self._timed[solution.challenge], key=pace):
            if record["code"] == solution.digest and _is_of(record, solution.challenge, digest):
                best.setdefault(record["device"], record)
        return [*best.values()]

    def _is_outdated(self, record: Record) -> bool:
        title = record["solution"]
        if title not in self._codes:
            self._codes[title] = _code_now(title)
        return self._codes[title] not in (None, record["code"])


def _code_now(title: str) -> str | None:
    """The digest of the current code of a file in solutions/, None if there is no such file or it cannot be
    read.
    """
    parts = PurePath(title).parts
    if parts[:1] != ("solutions",) or ".." in parts:  # a record may name any path
        return None
    path = next((root / title for root in roots() if os.path.isfile(root / title)), None)
    try:
        return read_solution(path, title).digest if path else None
    except BadInput:
        return None


def pace(record: Record) -> tuple[int, float]:
    """What sorts times: the clock first, because a time of another clock is no faster and no slower."""
    return CLOCKS.index(record["method"]), float(record["score_us"])


def _is_ranked(record: Record) -> bool:
    timed = record["status"] == "accepted" and record["score_us"] is not None
    return timed and not record["noisy"] and record["method"] in CLOCKS


def _is_of(record: Record, challenge: str, digest: str | None) -> bool:
    return record["challenge"] == challenge and digest in (None, record["challenge_hash"])


def rank_of(board: Leaderboard, record: Record) -> tuple[int, int] | None:
    """The rank of a record's author with its solution, and the number of entries.

    None if it has no time, or a noisy one.
    """
    if not _is_ranked(record):
        return None
    where = (record[name] for name in ("challenge", "challenge_hash", "device", "method"))
    who = record["author"], record["solution"]
    entries = Standings(board).entries(*where)
    return next((e.rank, e.entries) for e in entries if (e.record["author"], e.record["solution"]) == who)


def seconds(record: Record) -> float | None:
    """The time when a record was made, in seconds since 1970. None if its time is not valid: earlier judges
    imported any.
    """
    moment = moment_of(record["time"])
    return moment.timestamp() if moment else None


def benchmarks_of(record: Record) -> list[BenchmarkResult]:
    """The benchmarks of a record's verdict. Those without the right form are left out, because records can be
    imported from anywhere.
    """
    found = []
    for each in json.loads(record["verdict"]).get("benchmarks", []):
        try:
            parts = dict(
                conditions=_conditions(each.get("conditions", {})),
                work=None if each.get("work") is None else work_in(each),
            )
            result = BenchmarkResult(**(each | parts))
            numbers = [result.median_us, result.bytes, result.samples]
            numbers += [v for v in (result.speedup, result.roofline, result.roofline_us) if v is not None]
            numbers += [baseline["median_us"] for baseline in result.baselines.values()]
            good = all(v > 0 and isfinite(v) for v in numbers)
            good &= result.flops >= 0 and isinstance(result.name, str) and isinstance(result.noisy, str)
            # The lower end of an interval may be below 0.
            good &= len(result.ci95_us) == 2 and all(map(isfinite, result.ci95_us))
        except (TypeError, ValueError, KeyError, AttributeError):
            continue
        if good:
            found.append(result)
    return found


def _conditions(told: dict[str, Any]) -> Conditions:
    """The conditions of a benchmark from its JSON. Raises TypeError or ValueError for another form."""
    found = Conditions(**told)
    if found.sm_mhz is not None:
        least, highest = found.sm_mhz
        found.sm_mhz = int(least), int(highest)
    if not isinstance(found.throttled, list) or not all(isinstance(why, str) for why in found.throttled):
        raise TypeError("throttled is not a list of words")
    return found
