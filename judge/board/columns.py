"""The columns of the leaderboard, defined once for the database, the tables, the site and the JSON.

To add a column, write an entry in COLUMNS and a migration (migrations.py).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sql

from judge.solutions.languages import digest_of
from judge.verdict.means import geometric_mean

_MOST = 1e9  # a larger mean cannot have been measured; it can come from an imported line

Record = dict[str, Any]  # a row of the database, by the names of COLUMNS
Unit = Literal["text", "us", "ratio", "share", "moment"]


@dataclass(frozen=True)
class Provenance:
    """The origin of a verdict: the facts that its JSON does not have."""

    challenge_hash: str
    solution_hash: str
    source: str
    author: str
    driver: str
    torch: str
    triton: str
    judge: str


@dataclass(frozen=True)
class Column:
    """One column. `value` takes it from a verdict's JSON and its provenance.

    `header` is its header in tables, "" if they do not show it. `unit` says how tables write a value. Columns
    that are not `public` are left out of `judge leaderboard --json`.
    """

    name: str
    type: Any
    value: Callable[[dict[str, Any], Provenance], Any]
    header: str = ""
    unit: Unit = "text"
    nullable: bool = False
    public: bool = True
    index: bool = False


def _said(name: str, default: Any = None) -> Callable[[dict[str, Any], Provenance], Any]:
    """Returns a function that takes a field from the verdict."""
    return lambda verdict, provenance: verdict.get(name, default)


def _from(name: str) -> Callable[[dict[str, Any], Provenance], Any]:
    """Returns a function that takes a field from the provenance."""
    return lambda verdict, provenance: getattr(provenance, name)


def _mean(name: str) -> Callable[[dict[str, Any], Provenance], Any]:
    """Returns a function that computes the geometric mean of a field over the benchmarks."""

    def mean(verdict: dict[str, Any], provenance: Provenance) -> float | None:
        found = geometric_mean(each[name] for each in verdict["benchmarks"])
        return round(found, 4) if found is not None and 1 / _MOST < found < _MOST else None

    return mean


def _own(verdict: dict[str, Any], provenance: Provenance) -> float | None:
    """The least share that the submission's own kernels had in a benchmark, None if one is not known."""
    works = [each.get("work") for each in verdict["benchmarks"]]
    return min((work["own"] for work in works), default=None) if all(works) else None


# In the order of the tables. A record gets its `id` and `time` when it is made. Times are ISO 8601, in UTC.
COLUMNS = (
    Column("challenge", sql.String(200), _said("challenge"), "challenge", index=True),
    Column("status", sql.String(32), _said("status"), "status"),
    Column("device", sql.String(200), _said("device"), "device"),
    Column("author", sql.String(200), _from("author"), "author"),
    Column("solution", sql.Text, _said("solution"), "solution"),
    Column("challenge_hash", sql.String(64), _from("challenge_hash")),
    Column("solution_hash", sql.String(64), _from("solution_hash")),
    Column("source", sql.Text, _from("source"), public=False),
    Column("driver", sql.String(64), _from("driver")),
    Column("torch", sql.String(64), _from("torch")),
    Column("triton", sql.String(64), _from("triton")),
    Column("judge", sql.String(64), _from("judge")),
    Column("seed", sql.BigInteger, _said("seed")),
    Column("score_us", sql.Float, _said("score_us"), "time", "us", nullable=True),
    Column("speedup", sql.Float, _mean("speedup"), "vs torch", "ratio", nullable=True),
    Column("roofline", sql.Float, _mean("roofline"), "roofline", "share", nullable=True),
    Column("own", sql.Float, _own, "own", "share", nullable=True),
    # The clock of the times: docs/clock.md. None is the clock of judges that had only one.
    Column("method", sql.String(16), _said("method"), "clock", nullable=True),
    Column("noisy", sql.Boolean, lambda verdict, _: bool(verdict.get("noisy"))),
    Column("shared", sql.Boolean, lambda verdict, _: bool(verdict.get("shared"))),
    # The verdict's JSON: all times with their intervals.
    Column("verdict", sql.Text, lambda verdict, _: json.dumps(verdict), public=False),
    # A digest of the code that runs: the same for sources that differ only in notes and comments.
    Column("code", sql.String(64), lambda v, p: digest_of(v["solution"], p.source), nullable=True),
)
IDENTITY = (
    Column("id", sql.String(32), lambda verdict, _: None),
    Column("time", sql.String(32), lambda verdict, _: None, "when", "moment"),
)
PUBLIC = tuple(column.name for column in (*IDENTITY, *COLUMNS) if column.public)


def record_of(
    identity: str, moment: str, verdict: dict[str, Any], provenance: Provenance, **known: Any
) -> Record:
    """A record of a verdict's JSON. The columns in `known` are not computed but taken from there.

    Raises KeyError or TypeError if the JSON is not a verdict.
    """
    found = {c.name: known[c.name] if c.name in known else c.value(verdict, provenance) for c in COLUMNS}
    texts = {name: _plain(value) for name, value in found.items() if isinstance(value, str)}
    return dict(id=identity, time=moment, **(found | texts))


def _plain(text: str) -> str:
    """A text that every database takes: names of files may have bytes that are not characters."""
    return text.encode("utf-8", "replace").decode()


def table(metadata: sql.MetaData) -> sql.Table:
    """The table of the newest schema."""
    identity, moment = IDENTITY
    return sql.Table(
        "results",
        metadata,
        sql.Column(identity.name, identity.type, primary_key=True),
        sql.Column(moment.name, moment.type, nullable=False),
        *(sql.Column(c.name, c.type, nullable=c.nullable, index=c.index) for c in COLUMNS),
    )


RESULTS = table(sql.MetaData())
