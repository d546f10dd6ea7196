"""The one module that reads times: boards, histories, best times of a solution's code, solved challenges."""

import json
import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from math import isfinite
from pathlib import PurePath

from judge.board.columns import Record
from judge.board.lines import reference_records
from judge.board.store import Leaderboard
from judge.errors import BadInput
from judge.solutions.finding import Solution, read_solution
from judge.verdict.verdict import BenchmarkResult
from judge.workspace import roots


@dataclass(frozen=True)
class Entry:
    """A time on a board: the record, and its rank among `entries` on its device.

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


class Standings:
    """All records, read once: those of the leaderboard and the shipped ones. Raises BadInput.

    Methods with a parameter `digest` take the digest of a challenge's current version. With None, they take
    times of any version.
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
            if _is_timed(record):
                self._timed[record["challenge"]].append(record)

    @property
    def challenges(self) -> list[str]:
        """The names of all challenges that have records."""
        return sorted({record["challenge"] for record in self._all})

    def is_solved(self, challenge: str, digest: str) -> bool:
        """Whether a submission was accepted here, timed or not."""
        return any(r["status"] == "accepted" and _is_of(r, challenge, digest) for r in self.own)

    def own_best(self, challenge: str, digest: str) -> Record | None:
        """The fastest time that was recorded here, on any device."""
        timed = [r for r in self.own if _is_timed(r) and _is_of(r, challenge, digest)]
        return min(timed, key=lambda r: float(r["score_us"]), default=None)

    def history(self, challenge: str, digest: str | None) -> dict[str, list[Record]]:
        """The times of each device that say when they were taken, oldest first."""
        found = defaultdict(list)
        for record in self._timed[challenge]:
            if _is_of(record, challenge, digest) and seconds(record) is not None:
                found[record["device"]].append(record)
        return {device: sorted(found[device], key=lambda r: seconds(r) or 0.0) for device in sorted(found)}

    def boards(self, challenge: str, digest: str | None) -> dict[str, list[Entry]]:
        """The board of each device: each author's best time with each solution, fastest first."""
        best: dict[tuple[str, str, str], Record] = {}
        for record in self._timed[challenge]:
            key = record["device"], record["author"], record["solution"]
            if _is_of(record, challenge, digest) and _is_faster(record, best.get(key)):
                best[key] = record
        found = defaultdict(list)
        for record in sorted(best.values(), key=lambda r: (r["device"], r["score_us"], r["time"])):
            found[record["device"]].append(record)
        return {
            device: [
                Entry(record, rank, len(records), self._is_outdated(record))
                for rank, record in enumerate(records, 1)
            ]
            for device, records in found.items()
        }

    def times_of(self, solution: Solution, digest: str) -> list[Record]:
        """The fastest time of a solution's current code on each device, fastest first."""
        best: dict[str, Record] = {}
        for record in self._timed[solution.challenge]:
            mine = record["code"] == solution.digest and _is_of(record, solution.challenge, digest)
            if mine and _is_faster(record, best.get(record["device"])):
                best[record["device"]] = record
        return sorted(best.values(), key=lambda r: float(r["score_us"]))

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


def _is_timed(record: Record) -> bool:
    return record["status"] == "accepted" and record["score_us"] is not None


def _is_of(record: Record, challenge: str, digest: str | None) -> bool:
    return record["challenge"] == challenge and digest in (None, record["challenge_hash"])


def _is_faster(record: Record, than: Record | None) -> bool:
    return than is None or record["score_us"] < than["score_us"]


def rank_of(board: Leaderboard, record: Record) -> tuple[int, int] | None:
    """The rank of a record's author with its solution, and the number of entries; None if it has no time."""
    if not _is_timed(record):
        return None
    boards = Standings(board).boards(record["challenge"], record["challenge_hash"])
    who = record["author"], record["solution"]
    entries = boards[record["device"]]
    return next((e.rank, e.entries) for e in entries if (e.record["author"], e.record["solution"]) == who)


def seconds(record: Record) -> float | None:
    """The time when a record was made, in seconds since 1970. None if its time is not valid: a record may be
    imported from anywhere.
    """
    try:
        moment = datetime.fromisoformat(record["time"])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def benchmarks_of(record: Record) -> list[BenchmarkResult]:
    """The benchmarks of a record's verdict. Those without the right form are left out, because records can be
    imported from anywhere.
    """
    found = []
    for each in json.loads(record["verdict"]).get("benchmarks", []):
        try:
            result = BenchmarkResult(**each)
            numbers = [result.median_us, result.bytes, result.samples]
            numbers += [v for v in (result.speedup, result.roofline, result.roofline_us) if v is not None]
            numbers += [baseline["median_us"] for baseline in result.baselines.values()]
            good = all(v > 0 and isfinite(v) for v in numbers)
            good &= result.flops >= 0 and isinstance(result.name, str)
            # The lower end of an interval may be below 0.
            good &= len(result.ci95_us) == 2 and all(map(isfinite, result.ci95_us))
        except (TypeError, ValueError, KeyError, AttributeError):
            continue
        if good:
            found.append(result)
    return found
