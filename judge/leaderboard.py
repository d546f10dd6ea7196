"""The leaderboard: one row per verdict, with everything needed to doubt it later.

Any database that SQLAlchemy reaches; by default SQLite in the workspace's .judge folder, in WAL mode, where
each write takes the write lock at its beginning, so that judges running at once wait instead of failing.
"""

import getpass
import json
import os
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from judge.errors import BadInput
from judge.verdict import Verdict
from judge.workspace import shipped, workspace

REFERENCES = shipped() / "solutions" / "leaderboard.jsonl"

_WAIT_SECONDS = 60

_metadata = sql.MetaData()
RESULTS = sql.Table(
    "results",
    _metadata,
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("time", sql.String(32), nullable=False),  # ISO 8601, UTC
    sql.Column("status", sql.String(32), nullable=False),
    sql.Column("challenge", sql.String(200), nullable=False, index=True),
    sql.Column("challenge_hash", sql.String(64), nullable=False),
    sql.Column("solution", sql.Text, nullable=False),
    sql.Column("solution_hash", sql.String(64), nullable=False),
    sql.Column("source", sql.Text, nullable=False),
    sql.Column("author", sql.String(200), nullable=False),
    sql.Column("device", sql.String(200), nullable=False),
    sql.Column("driver", sql.String(64), nullable=False),
    sql.Column("torch", sql.String(64), nullable=False),
    sql.Column("triton", sql.String(64), nullable=False),
    sql.Column("judge", sql.String(64), nullable=False),
    sql.Column("seed", sql.BigInteger, nullable=False),
    sql.Column("score_us", sql.Float),
    sql.Column("speedup", sql.Float),  # geometric means over the benchmarks, for reading
    sql.Column("roofline", sql.Float),
    sql.Column("shared", sql.Boolean, nullable=False),
    sql.Column("verdict", sql.Text, nullable=False),  # the verdict's JSON: all times with their intervals
)


@dataclass(frozen=True)
class Provenance:
    """Where a verdict comes from: what its JSON does not say."""

    challenge_hash: str
    solution_hash: str
    source: str
    author: str
    driver: str
    torch: str
    triton: str
    judge: str


# What a line of an exported file must have, besides the verdict.
_LINE_FIELDS = {
    "id": str,
    "time": str,
    **dict.fromkeys(Provenance.__dataclass_fields__, str),
    "status": str,
    "challenge": str,
    "solution": str,
    "device": str,
    "seed": int,
    "benchmarks": list,
}


def default_author() -> str:
    """git's user.name, else the name of the account."""
    try:
        named = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True)
        if named.stdout.strip():
            return named.stdout.strip()
    except OSError:
        pass
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "anonymous"


def database_url(given: str | None) -> str:
    """--database, else JUDGE_DATABASE_URL, else the workspace's own file."""
    return given or os.environ.get("JUDGE_DATABASE_URL") or f"sqlite:///{_default_path()}"


def _default_path() -> Path:
    return workspace() / ".judge" / "leaderboard.db"


class Leaderboard:
    """A database of results. Raises BadInput if it cannot be reached."""

    def __init__(self, given: str | None = None) -> None:
        self.url = database_url(given)
        try:
            url = sql.make_url(self.url)
            arguments: dict[str, Any] = {}
            if url.get_backend_name() == "sqlite":
                arguments = {"timeout": _WAIT_SECONDS}
            self._engine = sql.create_engine(url, connect_args=arguments)
        except (ValueError, ModuleNotFoundError, SQLAlchemyError) as error:
            raise BadInput(
                f"no such database: {_safe(self.url)} ({_first_line(error)}); "
                "give a URL like sqlite:///leaderboard.db"
            ) from None
        if url.get_backend_name() == "sqlite":
            sql.event.listen(self._engine, "connect", _sqlite_connect)
            sql.event.listen(self._engine, "begin", _sqlite_begin)

    def reach(self) -> None:
        """Fail now rather than after the work, without leaving a trace. Raises BadInput."""
        file = self._file()
        if file is None or file.exists():
            with self._transaction() as connection:
                sql.inspect(connection).has_table("results")
                return
        folder = workspace() if file == _default_path() else file.parent
        if not os.access(folder, os.W_OK | os.X_OK):
            raise BadInput(
                f"the leaderboard {_safe(self.url)} cannot be reached: {folder} is no folder to write in "
                "(--database names another, --no-record does without)"
            )

    def _file(self) -> Path | None:
        """The file of an SQLite database."""
        url = self._engine.url
        if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
            return None
        return Path(str(url.database)).absolute()

    def _prepare(self) -> None:
        """Make the table if need be."""
        if self._file() == _default_path():
            _default_path().parent.mkdir(exist_ok=True)
        with self._transaction(write=True) as connection:
            connection.execute(sql.schema.CreateTable(RESULTS, if_not_exists=True))
            for index in RESULTS.indexes:
                connection.execute(sql.schema.CreateIndex(index, if_not_exists=True))

    @contextmanager
    def _transaction(self, write: bool = False) -> Iterator[sql.Connection]:
        try:
            if write and self._engine.url.get_backend_name() == "sqlite":
                _use_wal(self._engine)
            with self._engine.execution_options(write=write).begin() as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise BadInput(
                f"the leaderboard {_safe(self.url)} cannot be reached: {_first_line(error)} "
                "(--database names another, --no-record does without)"
            ) from None

    def _exists(self) -> bool:
        """Whether there is anything to read; reading must not create a file."""
        file = self._file()
        if file and not file.exists():
            if file == _default_path():
                return False
            raise BadInput(f"the leaderboard {_safe(self.url)} cannot be reached: no such file")
        with self._transaction() as connection:
            return sql.inspect(connection).has_table("results")

    # -- rows -------------------------------------------------------------------------------------

    def record(self, verdict: Verdict, provenance: Provenance) -> tuple[int, int] | None:
        """Add a verdict. Returns its entry's rank and the number of entries, None if it has no score."""
        row = _row(uuid.uuid4().hex, _now(), verdict.as_json(), provenance)
        self._prepare()
        with self._transaction(write=True) as connection:
            connection.execute(sql.insert(RESULTS).values(row))
        if verdict.score_us is None or verdict.status != "accepted":
            return None
        entries = self.entries(verdict.challenge, verdict.device, provenance.challenge_hash)
        place = next(
            i
            for i, e in enumerate(entries, 1)
            if e["author"] == provenance.author and e["solution"] == verdict.solution
        )
        return place, len(entries)

    def rows(self, challenge: str | None = None) -> list[dict[str, Any]]:
        """All rows, oldest first."""
        if not self._exists():
            return []
        query = sql.select(RESULTS).order_by(RESULTS.c.time, RESULTS.c.id)
        if challenge:
            query = query.where(RESULTS.c.challenge == challenge)
        with self._transaction() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def entries(self, challenge: str, device: str | None, challenge_hash: str | None) -> list[dict[str, Any]]:
        """The board: per device, each author's best time with each solution, fastest first.

        The times that judge brings stand among them, on every board.
        """
        own = self.rows(challenge)
        known = {row["id"] for row in own}
        brought = [r for r in reference_rows() if r["challenge"] == challenge and r["id"] not in known]
        return ranked(
            row
            for row in (*own, *brought)
            if row["status"] == "accepted"
            and row["score_us"] is not None
            and device in (None, row["device"])
            and challenge_hash in (None, row["challenge_hash"])
        )

    # -- files ------------------------------------------------------------------------------------

    def export(self, path: Path, challenge: str | None = None) -> int:
        """Write every row as a line of JSON (verdict, provenance, id, time). Returns their number."""
        lines = []
        for row in self.rows(challenge):
            line = json.loads(row["verdict"])
            line |= {name: row[name] for name in ("id", "time", *Provenance.__dataclass_fields__)}
            lines.append(json.dumps(line))
        try:
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        except OSError as error:
            raise BadInput(f"{path} cannot be written: {error.strerror}") from None
        return len(lines)

    def import_(self, path: Path) -> tuple[int, int]:
        """Add the lines of an exported file, all or none; rows already here stay as they are.

        Returns how many were added and how many were known. Raises BadInput with file and line.
        """
        new = _parse_file(path)
        self._prepare()
        with self._transaction(write=True) as connection:
            known = set(connection.execute(sql.select(RESULTS.c.id)).scalars())
            added = {row["id"]: row for row in new if row["id"] not in known}
            if added:
                connection.execute(sql.insert(RESULTS), list(added.values()))
        return len(added), len(new) - len(added)


def ranked(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Per device, the best row of each author with each solution, fastest first. All have a score."""
    best: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        key = row["device"], row["author"], row["solution"]
        if key not in best or row["score_us"] < best[key]["score_us"]:
            best[key] = row
    return sorted(best.values(), key=lambda r: (r["device"], r["score_us"], r["time"]))


@cache
def reference_rows() -> list[dict[str, Any]]:
    """The rows that judge brings: its own solutions, timed by its authors."""
    return _parse_file(REFERENCES) if REFERENCES.exists() else []


def _parse_file(path: Path) -> list[dict[str, Any]]:
    """The rows of an exported file. Raises BadInput with file and line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from None
    return [_parse(line, f"{path}:{n}") for n, line in enumerate(lines, 1) if line.strip()]


def _row(identity: str, moment: str, verdict: dict[str, Any], provenance: Provenance) -> dict[str, Any]:
    benchmarks = verdict["benchmarks"]
    return dict(
        id=identity,
        time=moment,
        **{name: verdict[name] for name in ("status", "challenge", "solution", "device", "seed")},
        **provenance.__dict__,
        score_us=verdict.get("score_us"),
        speedup=_mean([b["speedup"] for b in benchmarks]),
        roofline=_mean([b["roofline"] for b in benchmarks]),
        shared=bool(verdict.get("shared")),
        verdict=json.dumps(verdict),
    )


def _parse(line: str, place: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
        if not isinstance(entry, dict):
            raise ValueError("not an object")
        for name, kind in _LINE_FIELDS.items():
            if not isinstance(entry.get(name), kind):
                raise ValueError(
                    f"it has no {name}" if name not in entry else f"{name} is not {kind.__name__}"
                )
        if not 0 <= entry["seed"] < 2**63:
            raise ValueError("seed is not of 63 bits")
        json.dumps(entry, ensure_ascii=False).encode()  # no lone surrogates: databases refuse them
        score = entry.get("score_us")
        if score is not None and (not isinstance(score, int | float) or not 0 < score < float("inf")):
            raise ValueError("score_us is no time")
        provenance = Provenance(**{n: entry.pop(n) for n in Provenance.__dataclass_fields__})
        return _row(entry.pop("id"), entry.pop("time"), entry, provenance)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadInput(f"{place}: not a line of an exported leaderboard: {error}; nothing imported") from None


def _mean(values: list[float | None]) -> float | None:
    """The geometric mean, None if any is missing."""
    known = [v for v in values if v is not None and v > 0]
    if not known or len(known) < len(values):
        return None
    product = 1.0
    for value in known:
        product *= value ** (1 / len(known))
    return round(product, 4)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _safe(url: str) -> str:
    """A URL without its password."""
    try:
        return sql.make_url(url).render_as_string(hide_password=True)
    except (ValueError, ArgumentError):
        return f"{url.partition(':')[0]}:..."  # what cannot be read may hold a password anywhere


def _first_line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause).splitlines() or [type(cause).__name__])[0]


def _sqlite_connect(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin below


def _sqlite_begin(connection: sql.Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _use_wal(engine: sql.Engine) -> None:
    """Switch to write-ahead logging; the switch does not wait for other writers by itself."""
    until = time.monotonic() + _WAIT_SECONDS
    raw = engine.raw_connection()
    try:
        while True:
            try:
                raw.cursor().execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.02)
    finally:
        raw.close()
