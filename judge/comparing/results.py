"""The results of a comparison: a time for each program on each shape, ratios, the winner of each shape.

Only times of the same method are compared. If one program of a shape cannot be replayed, all programs of that
shape are also timed by the process clock. Ratios to that program and the winner come from those. A noisy time
is shown, but compared with nothing.
"""

import csv
import io
import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from judge.errors import BadInput
from judge.verdict.means import geometric_mean

FAILURES = ("wrong_answer", "compile_error", "runtime_error", "time_limit", "rule_violation")


@dataclass
class Cell:
    """One contestant on one shape.

    `status` is "timed"; "right" without a GPU; one of FAILURES; "not_supported" for a baseline that does not
    run on this shape; "no_room" if memory does not suffice, "too_large" for the interpreter, "busy" if the
    times made no sense. Times are in microseconds, for one call. The times by the process clock are given
    if only some programs of the shape could be replayed. `noisy` says why the times cannot be trusted, "" if
    they can. `speedup` is over the first baseline.
    """

    program: str
    status: str = "timed"
    message: str = ""
    note: str = ""
    median_us: float | None = None
    ci95_us: tuple[float, float] | None = None
    samples: int = 0
    method: str = ""
    process_us: float | None = None
    process_ci95_us: tuple[float, float] | None = None
    noisy: str = ""
    speedup: float | None = None
    roofline: float | None = None
    place: str = ""  # "fastest", or "tie" for all whose intervals overlap with the fastest's

    def drop(self, status: str, message: str = "") -> None:
        """Record why there is no time."""
        self.status, self.message = status, message
        self.median_us = self.ci95_us = self.process_us = self.process_ci95_us = None


@dataclass(frozen=True)
class Speedup:
    """The ratio of the times of two programs, and the least and the largest that both intervals allow."""

    value: float
    low: float
    high: float

    @property
    def tie(self) -> bool:
        """Whether the two intervals overlap."""
        return self.low <= 1 <= self.high


def speedup(cell: Cell, base: Cell) -> Speedup | None:
    """The speedup of `cell` over `base`: by the process clock, unless both were timed by the same method.

    None if one of them has no time, or a noisy one.
    """
    if cell.noisy or base.noisy:
        return None
    alike = cell.method == base.method
    mine, theirs = [
        (e.median_us, e.ci95_us) if alike else (e.process_us, e.process_ci95_us) for e in (cell, base)
    ]
    if not (mine[0] and mine[1] and theirs[0] and theirs[1]):
        return None
    (low, high), (shortest, longest) = mine[1], theirs[1]
    return Speedup(theirs[0] / mine[0], shortest / high, longest / low if low > 0 else math.inf)


@dataclass
class Row:
    """One shape and all contestants on it. `bytes` and `flops` are the least that a call needs."""

    name: str
    shape: dict[str, Any]
    bytes: int = 0
    flops: int = 0
    roofline_us: float | None = None
    entries: list[Cell] = field(default_factory=list)  # a cell for each contestant


@dataclass
class Results:
    """A whole comparison, in the order of its JSON. `solutions` maps names to paths."""

    challenge: str
    device: str
    driver: str
    torch: str
    triton: str
    judge: str
    date: str
    command: str
    seed: int
    solutions: dict[str, str]
    against: list[str]
    rows: list[Row] = field(default_factory=list)
    means: dict[str, dict[str, Any]] = field(default_factory=dict)
    shared: bool = False
    warnings: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a solution is wrong, or does not run, on any shape."""
        return any(e.program in self.solutions and e.status in FAILURES for r in self.rows for e in r.entries)

    @property
    def timed(self) -> bool:
        """Whether there is any time."""
        return any(e.status == "timed" for row in self.rows for e in row.entries)

    def as_json(self) -> dict[str, Any]:
        """A dictionary that json.dumps takes."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Results":
        """The results that as_json turned into this dictionary."""
        rows = [Row(**{**row, "entries": [Cell(**e) for e in row["entries"]]}) for row in found["rows"]]
        return cls(**{**found, "rows": rows})

    def conclude(self) -> None:
        """Work out speedups, places and geometric means from the times."""
        first = self.against[0] if self.against else ""
        for row in self.rows:
            _conclude(row, first)
        for name in (*self.solutions, *self.against):
            ratios = [e.speedup for row in self.rows for e in row.entries if e.program == name and e.speedup]
            if mean := geometric_mean(ratios):
                self.means[name] = dict(speedup=round(mean, 4), shapes=len(ratios))


def _conclude(row: Row, first: str) -> None:
    timed = [e for e in row.entries if e.status == "timed" and e.median_us]
    base = next((e for e in timed if e.program == first), None)
    for entry in timed:
        assert entry.median_us
        if row.roofline_us:
            entry.roofline = round(row.roofline_us / entry.median_us, 4)
        if base and (over := speedup(entry, base)):
            entry.speedup = round(over.value, 4)
    alike = len({e.method for e in timed}) == 1
    able = [
        (e, median, interval)
        for e in timed
        if not e.noisy
        and (median := e.median_us if alike else e.process_us)
        and (interval := e.ci95_us if alike else e.process_ci95_us)
    ]
    if len(able) < 2:
        return
    _, _, (_, highest) = min(able, key=lambda a: a[1])
    winners = [e for e, _, (low, _) in able if low <= highest]
    for entry in winners:
        entry.place = "fastest" if len(winners) == 1 else "tie"


def as_csv(results: Results) -> str:
    """The results as CSV, with one line for each program on each shape."""
    keys = list(dict.fromkeys(key for row in results.rows for key in row.shape))
    columns = ["program", "status", "median_us", "low_us", "high_us", "samples", "method"]
    columns += ["process_us", "noisy", "speedup", "roofline", "place", "message", "note"]
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(["challenge", "device", *keys, *columns, "roofline_us"])
    for row in results.rows:
        for e in row.entries:
            low, high = e.ci95_us or ("", "")
            cells = [e.program, e.status, e.median_us, low, high, e.samples, e.method]
            cells += [
                e.process_us,
                e.noisy,
                e.speedup,
                e.roofline,
                e.place,
                e.message,
                e.note,
                row.roofline_us,
            ]
            shape = [row.shape.get(key) for key in keys]
            table.writerow([results.challenge, results.device, *shape, *cells])
    return written.getvalue()


def read_record(path: Path) -> list[Results]:
    """The comparisons in a file of JSON lines, an empty list if there is no file.

    Raises BadInput with file and line.
    """
    found = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error})") from None
    for number, line in enumerate(lines, 1):
        try:
            found.append(Results.from_json(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise BadInput(f"{path}:{number}: not a line that judge compare --record wrote") from None
    return found


def with_record(before: list[Results], results: Results) -> str:
    """The JSON lines of the comparisons before and of a new one. It replaces that of the same command on the
    same device.
    """
    mine = results.command, results.device
    kept = [each for each in before if (each.command, each.device) != mine]
    return "".join(json.dumps(each.as_json()) + "\n" for each in (*kept, results))
