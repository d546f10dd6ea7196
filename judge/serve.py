"""The site on localhost: built again when a file or the leaderboard changes, and loaded again too."""

import errno
import http.server
import os
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sql
import watchfiles

from judge.errors import BadInput
from judge.leaderboard import database_url, reference_rows
from judge.site import build
from judge.workspace import shipped, workspace

HOST = "127.0.0.1"
_HEARTBEAT = 15.0  # seconds; what is written to a browser that has gone fails


class Changes:
    """Counts the builds, and lets threads wait for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = threading.Condition()

    def tell(self) -> None:
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def wait(self, seen: int) -> int:
        """The count when it is no longer `seen`, or after a heartbeat."""
        with self._changed:
            self._changed.wait_for(lambda: self.count != seen, _HEARTBEAT)
            return self.count


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the site, and /changes: server-sent events, one for each build."""

    def __init__(self, *args: Any, changes: Changes, **options: Any) -> None:
        self._changes = changes
        super().__init__(*args, **options)

    def parse_request(self) -> bool:
        """Answer only who asks for this machine: a foreign name that resolves to it is DNS rebinding."""
        if not super().parse_request():
            return False
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host not in ("localhost", HOST):
            self.send_error(403, "this site is for localhost only")
            return False
        return True

    def do_GET(self) -> None:
        if self.path == "/changes":
            self._events()
        else:
            super().do_GET()

    def _events(self) -> None:
        seen = self._changes.count
        try:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            while True:
                count = self._changes.wait(seen)
                self.wfile.write(b"data: built\n\n" if count != seen else b": still here\n\n")
                self.wfile.flush()
                seen = count
        except OSError:  # the browser went elsewhere
            self.close_connection = True

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def list_directory(self, path: str | os.PathLike[str]) -> None:
        self.send_error(404)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is for builds and errors."""


class Server(http.server.ThreadingHTTPServer):
    """One thread for each request, none of which keeps the program alive."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no error of ours."""


def serve(port: int, database: str | None, say: Callable[[str], object]) -> None:
    """Build, serve on 127.0.0.1 and build again at each change, until interrupted.

    Raises BadInput if the first build fails or the port is taken. Later builds that fail are told to
    `say`, and the last good one stays.
    """
    with tempfile.TemporaryDirectory(prefix="judge-site-") as folder:
        out = Path(folder) / "site"
        build(out, database, live=True)
        changes = Changes()
        try:
            server = Server((HOST, port), partial(Handler, directory=str(out), changes=changes))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise BadInput(f"port {port} cannot be used: {error.strerror}") from None
            raise BadInput(f"port {port} is taken; --port {port + 1} names another, --port 0 any") from None
        with server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            say(f"http://localhost:{server.server_address[1]}/  (Ctrl-C ends it)")
            try:
                _watch(out, database, changes, say)
            except KeyboardInterrupt:
                pass
            finally:
                server.shutdown()


def _watch(out: Path, database: str | None, changes: Changes, say: Callable[[str], object]) -> None:
    for seen in watchfiles.watch(*watched(database), watch_filter=_Sources(database), raise_interrupt=True):
        names = sorted({Path(path).name for _, path in seen})
        reference_rows.cache_clear()
        try:
            build(out, database, live=True)
        except BadInput as error:
            say(f"not built: {error}")
            continue
        say(f"built again: {', '.join(names[:3])}{' and others' if len(names) > 3 else ''}")
        changes.tell()


def watched(database: str | None) -> list[Path]:
    """The folders in which a change may change the site."""
    found = [
        root / name for root in (workspace(), shipped()) for name in ("challenges", "solutions", "templates")
    ]
    file = _database_file(database)
    if file:
        found.append(file.parent if file.parent.exists() else workspace())
    return [path for path in dict.fromkeys(found) if path.is_dir()]


def _database_file(database: str | None) -> Path | None:
    url = sql.make_url(database_url(database))
    return Path(url.database).absolute() if url.get_backend_name() == "sqlite" and url.database else None


class _Sources(watchfiles.DefaultFilter):
    """Sources and the database, with its write-ahead log; no caches, no editors' own files."""

    def __init__(self, database: str | None) -> None:
        super().__init__()
        self._database = _database_file(database)
        self._folders = watched(None)

    def __call__(self, change: watchfiles.Change, path: str) -> bool:
        if self._database and Path(path).parent == self._database.parent:
            return Path(path).name in (self._database.name, f"{self._database.name}-wal")
        return super().__call__(change, path)
