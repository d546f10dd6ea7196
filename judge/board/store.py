"""The leaderboard's database: one record per verdict, with everything that is needed to check it later.

It may be any database that SQLAlchemy can reach. The default is SQLite in the workspace's .judge folder, in
WAL mode. There each write takes the write lock when it begins, so that judges that run at the same time wait
and do not fail.
"""

import getpass
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import sqlalchemy as sql
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from judge.board.columns import RESULTS, Provenance, Record, record_of
from judge.board.lines import read_lines
from judge.board.migrations import STEPS, migrate, version
from judge.errors import BadInput
from judge.solutions.languages import digest_of
from judge.workspace import workspace

_WAIT_SECONDS = 60
_GIT_SECONDS = 5
_OTHERWISE = "--database names another"


def default_author() -> str:
    """git's user.name, else the name of the account."""
    try:
        named = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, timeout=_GIT_SECONDS
        )
        if named.stdout.strip():
            return named.stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        pass
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "anonymous"


def database_url(given: str | None) -> str:
    """The URL that --database gives, else JUDGE_DATABASE_URL, else the workspace's own file."""
    return given or os.environ.get("JUDGE_DATABASE_URL") or f"sqlite:///{_default_path()}"


def database_file(url: sql.URL) -> Path | None:
    """The file of an SQLite database, None if there is no file."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    name = str(url.database)
    if name.startswith("file:") and "uri" in url.query:  # SQLite's own form of a URL
        name = unquote(name.removeprefix("file:"))
        if url.query.get("mode") == "memory" or name == ":memory:":
            return None
    return Path(name).absolute()


def _default_path() -> Path:
    return workspace() / ".judge" / "leaderboard.db"


class Leaderboard:
    """A database of records. Raises BadInput if it cannot be reached.

    For a reader, a file that does not exist is an empty board if its folder exists. A file that cannot be
    written is read from a copy, so that one with an older schema can be migrated and read too.
    """

    def __init__(self, given: str | None = None) -> None:
        self.url = database_url(given)
        self._copied = False
        self._engine = self._connect(self.url)
        file = self._file()
        read_only = self._engine.url.query.get("mode") == "ro"
        if file and self._is_there(file) and (read_only or not _writable(file)):
            self._engine, self._copied = self._connect(f"sqlite:///{self._copy(file)}"), True

    def _connect(self, text: str) -> sql.Engine:
        try:
            url = sql.make_url(text)
            is_sqlite = url.get_backend_name() == "sqlite"
            arguments: dict[str, Any] = {"timeout": _WAIT_SECONDS} if is_sqlite else {}
            engine = sql.create_engine(url, connect_args=arguments)
        except (ValueError, ModuleNotFoundError, SQLAlchemyError) as error:
            raise BadInput(
                f"no such database: {_safe(self.url)} ({_first_line(error)}); "
                "give a URL like sqlite:///leaderboard.db"
            ) from None
        if is_sqlite:
            sql.event.listen(engine, "connect", _sqlite_connect)
            sql.event.listen(engine, "begin", _sqlite_begin)
        return engine

    def _copy(self, file: Path) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="judge_board_"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        # The log may have the newest records. The journal is needed to undo a write that did not finish.
        files = [file.with_name(f"{file.name}{end}") for end in ("", "-wal", "-journal")]
        until = time.monotonic() + _WAIT_SECONDS
        try:
            while True:
                before = _states(files)
                for each in files:
                    (folder / each.name).unlink(missing_ok=True)
                    if each.exists():
                        shutil.copyfile(each, folder / each.name)
                if _states(files) == before:  # else another process wrote, and the copies do not fit together
                    return folder / file.name
                if time.monotonic() > until:
                    raise TimeoutError("it is written all the time")
        except OSError as error:
            raise self._unreachable(error) from None

    def reach(self) -> None:
        """Raises BadInput if records cannot be added. Call it before the work. It changes nothing."""
        file = self._file()
        if self._copied:
            raise BadInput(f"the leaderboard {_safe(self.url)} cannot be written ({_OTHERWISE})")
        if file is None or self._is_there(file):
            with self._transaction() as connection:
                version(connection)
            return
        folder = workspace() if file == _default_path() else file.parent
        if not os.access(folder, os.W_OK | os.X_OK):
            raise BadInput(
                f"the leaderboard {_safe(self.url)} cannot be reached: {folder} is not a writable folder "
                f"({_OTHERWISE})"
            )

    def _file(self) -> Path | None:
        return database_file(self._engine.url)

    def _is_there(self, file: Path) -> bool:
        try:
            return file.exists()
        except OSError as error:  # the folder cannot be read
            raise self._unreachable(error) from None

    @contextmanager
    def _transaction(self, write: bool = False) -> Iterator[sql.Connection]:
        try:
            if write and self._engine.url.get_backend_name() == "sqlite":
                _use_wal(self._engine)
            with self._engine.execution_options(write=write).begin() as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: Exception) -> BadInput:
        return BadInput(
            f"the leaderboard {_safe(self.url)} cannot be reached: {_first_line(error)} ({_OTHERWISE})"
        )

    def _has_records(self) -> bool:
        """Whether there is something to read. An older schema is migrated. Reading must not create a file."""
        file = self._file()
        if file and not self._is_there(file):
            if file != _default_path() and not file.parent.is_dir():
                raise self._unreachable(FileNotFoundError(f"no such folder: {file.parent}"))
            return False
        with self._transaction() as connection:
            old = version(connection) < len(STEPS)
            if not sql.inspect(connection).has_table(RESULTS.name):
                return False
        if old:
            with self._transaction(write=True) as connection:
                migrate(connection)
        return True

    @contextmanager
    def _writing(self) -> Iterator[sql.Connection]:
        """A transaction that writes, on a database of the newest schema."""
        self.reach()  # a database that cannot be used must stay as it is, its journal mode too
        if self._file() == _default_path():
            _default_path().parent.mkdir(exist_ok=True)
        with self._transaction(write=True) as connection:
            migrate(connection)
            yield connection

    # -- records ----------------------------------------------------------------------------------

    def record(self, verdict: dict[str, Any], provenance: Provenance) -> Record:
        """Add a verdict, given as its JSON. Returns its record."""
        record = record_of(uuid.uuid4().hex, _now(), verdict, provenance)
        with self._writing() as connection:
            connection.execute(sql.insert(RESULTS).values(record))
        return record

    def records(self, challenge: str | None = None) -> list[Record]:
        """All records, oldest first."""
        if not self._has_records():
            return []
        query = sql.select(RESULTS).order_by(RESULTS.c.time, RESULTS.c.id)
        if challenge:
            query = query.where(RESULTS.c.challenge == challenge)
        with self._transaction() as connection:
            records = [dict(row) for row in connection.execute(query).mappings()]
        for record in records:  # an older judge may have added records without `code` since the migration
            record["code"] = record["code"] or digest_of(record["solution"], record["source"])
        return records

    # -- files ------------------------------------------------------------------------------------

    def import_(self, path: Path) -> tuple[int, int]:
        """Add the lines of an exported file, all or none. Records that are already here stay as they are.

        Returns how many were added, and how many were already here. Raises BadInput with file and line.
        """
        new = read_lines(path)
        with self._writing() as connection:
            known = set(connection.execute(sql.select(RESULTS.c.id)).scalars())
            added = {record["id"]: record for record in new if record["id"] not in known}
            if added:
                connection.execute(sql.insert(RESULTS), list(added.values()))
        return len(added), len(new) - len(added)


def _writable(file: Path) -> bool:
    """Whether SQLite can write the file, and other files beside it."""
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK | os.X_OK)


def _states(files: list[Path]) -> list[tuple[int, int] | None]:
    """The size and the time of change of each file, None if it does not exist: they identify a version."""
    stats = [file.stat() if file.exists() else None for file in files]
    return [stat and (stat.st_size, stat.st_mtime_ns) for stat in stats]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _safe(url: str) -> str:
    """A URL without its password."""
    try:
        return sql.make_url(url).render_as_string(hide_password=True)
    except (ValueError, ArgumentError):
        return f"{url.partition(':')[0]}:..."  # a URL that cannot be parsed may hold a password anywhere


def _first_line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause).splitlines() or [type(cause).__name__])[0]


def _sqlite_connect(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # _sqlite_begin begins the transactions


def _sqlite_begin(connection: sql.Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _use_wal(engine: sql.Engine) -> None:
    """Switch to write-ahead logging. The switch itself does not wait for other writers, so this does."""
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
