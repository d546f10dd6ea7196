"""What has been recorded of challenges and solutions: boards, histories, benchmarks, a roof over them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import inf, isfinite
from typing import Any

from judge.leaderboard import Leaderboard, ranked, reference_rows
from judge.verdict import BenchmarkResult

Row = dict[str, Any]

_SAME = 0.95  # two measurements of one peak differ by less than this


@dataclass(frozen=True)
class Entry:
    """A time on a board: the row, its rank among `entries` on its device, and its benchmarks."""

    row: Row
    rank: int
    entries: int
    benchmarks: list[BenchmarkResult]


@dataclass(frozen=True)
class Roof:
    """A device's peaks, as recorded rooflines imply them: bytes per second, operations per second (one for
    each kind of arithmetic that bounded a case, ascending).
    """

    bandwidth: float
    rates: tuple[float, ...]


class Standings:
    """The leaderboard, read once: the workspace's rows and those that judge brings. Raises BadInput."""

    def __init__(self, database: str | None) -> None:
        own = Leaderboard(database).rows()
        known = {row["id"] for row in own}
        rows = [*own, *(row for row in reference_rows() if row["id"] not in known)]
        self._accepted: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows:
            if row["status"] == "accepted" and row["score_us"] is not None and _dated(row):
                self._accepted[row["challenge"], row["challenge_hash"]].append(row)
        for accepted in self._accepted.values():
            accepted.sort(key=seconds)

    def history(self, challenge: str, digest: str) -> dict[str, list[Row]]:
        """Per device, every time of a challenge as it is now (its hash), oldest first."""
        found = defaultdict(list)
        for row in self._accepted[challenge, digest]:
            found[row["device"]].append(row)
        return dict(sorted(found.items()))

    def boards(self, challenge: str, digest: str) -> dict[str, list[Entry]]:
        """Per device, each author's best time with each solution, fastest first."""
        return {device: list(_ranked(rows)) for device, rows in self.history(challenge, digest).items()}


def _ranked(rows: list[Row]) -> Iterator[Entry]:
    best = ranked(rows)
    for rank, row in enumerate(best, 1):
        yield Entry(row, rank, len(best), benchmarks_of(row))


def seconds(row: Row) -> float:
    """When a row was recorded, in seconds since 1970. Raises ValueError: imported rows may say anything."""
    moment = datetime.fromisoformat(row["time"])
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _dated(row: Row) -> bool:
    try:
        seconds(row)
    except (ValueError, OverflowError):
        return False
    return True


def benchmarks_of(row: Row) -> list[BenchmarkResult]:
    """The benchmarks of a row's verdict; those that are not of the right form are left out, as rows can be
    imported from anywhere.
    """
    found = []
    for each in json.loads(row["verdict"]).get("benchmarks", []):
        try:
            result = BenchmarkResult(**each)
            numbers = [result.median_us, result.bytes, result.samples]
            numbers += [v for v in (result.speedup, result.roofline, result.roofline_us) if v is not None]
            numbers += [baseline["median_us"] for baseline in result.baselines.values()]
            good = all(v > 0 and isfinite(v) for v in numbers)
            good &= result.flops >= 0 and isinstance(result.name, str)
            good &= len(result.ci95_us) == 2 and all(
                map(isfinite, result.ci95_us)
            )  # the lower may be below 0
        except (TypeError, ValueError, KeyError, AttributeError):
            continue
        if good:
            found.append(result)
    return found


def roof(benchmarks: Iterable[BenchmarkResult]) -> Roof | None:
    """The roof that these benchmarks' own rooflines imply; None if none has one.

    A roofline is max(bytes / bandwidth, flops / rate) (see judge/roofline.py). So bytes / roofline is the
    bandwidth where memory is the bound, and less elsewhere: the largest is the bandwidth. Where a case
    stays well below it, flops / roofline is the rate that bounds it.
    """
    bounded = [(b.bytes, b.flops, b.roofline_us * 1e-6) for b in benchmarks if b.roofline_us]
    if not bounded:
        return None
    bandwidth = max(moved / seconds for moved, _, seconds in bounded)
    rates = sorted(
        flops / seconds for moved, flops, seconds in bounded if flops and moved / seconds < _SAME * bandwidth
    )
    distinct = [rate for rate, above in pairwise([*rates, inf]) if rate < _SAME * above]
    return Roof(bandwidth, tuple(distinct))
