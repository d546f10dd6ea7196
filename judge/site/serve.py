"""Serves the site on localhost. When a file or the leaderboard changes, it is rendered and loaded again."""

import errno
import threading
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sql
import watchfiles

from judge.board.lines import reference_records
from judge.board.store import database_file, database_url
from judge.errors import BadInput
from judge.site.build import render_site
from judge.text import clean
from judge.workspace import shipped, workspace

HOST = "127.0.0.1"
_HEARTBEAT = 15.0  # seconds between two writes; a write to a browser that has gone fails
_LOOK_AGAIN = 2000  # milliseconds until new folders are watched too
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


class Site:
    """The files of the last site that could be rendered, in memory. Threads can wait for the next one."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files
        self.count = 0
        self._changed = threading.Condition()

    def replace(self, files: dict[str, str]) -> None:
        with self._changed:
            self.files = files
            self.count += 1
            self._changed.notify_all()

    def wait(self, seen: int) -> int:
        """Wait until the count of replacements is not `seen`, or for a heartbeat. Returns the count."""
        with self._changed:
            self._changed.wait_for(lambda: self.count != seen, _HEARTBEAT)
            return self.count


class Handler(BaseHTTPRequestHandler):
    """Answers with pages by their path. /changes has server-sent events, one for each replacement."""

    def __init__(self, *arguments: Any, site: Site) -> None:
        self._site = site
        super().__init__(*arguments)

    def do_GET(self) -> None:
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        path = unquote(urlsplit(self.path).path).lstrip("/") or "index.html"
        if host not in ("localhost", HOST):  # a foreign name that leads here is an attack (DNS rebinding)
            self.send_error(403, "this site is for localhost only")
        elif path == "changes":
            self._tell_changes()
        elif path in self._site.files:
            self._answer(_TYPES[Path(path).suffix], self._site.files[path].encode("utf-8", "replace"))
        else:
            self.send_error(404)

    do_HEAD = do_GET

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _tell_changes(self) -> None:
        seen = self._site.count
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        while True:
            count = self._site.wait(seen)
            self.wfile.write(b"data: changed\n\n" if count != seen else b": still here\n\n")
            self.wfile.flush()
            seen = count

    def log_message(self, format: str, *arguments: Any) -> None:
        """Print nothing: the terminal is for changes and errors."""


class Server(ThreadingHTTPServer):
    """A server with a thread for each request. These threads do not keep the program alive."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: it is not an error if a browser closes a connection."""


def serve(port: int, database: str | None, say: Callable[[str], object]) -> None:
    """Serve on 127.0.0.1, and render again at each change, until interrupted.

    Raises BadInput if the port is taken or the first site cannot be rendered. If a later one cannot, `say`
    gets the reason, and the last good site stays.
    """
    site = Site({})
    try:
        server = Server((HOST, port), partial(Handler, site=site))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise BadInput(f"port {port} cannot be used: {error.strerror}") from None
        raise BadInput(f"port {port} is taken; --port 0 finds a free one") from None
    with server:
        site.replace(render_site(database, live=True))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        say(f"http://localhost:{server.server_address[1]}/ shows the site; Ctrl-C ends it")
        try:
            _watch(site, database, say)
        except KeyboardInterrupt:
            pass
        finally:
            server.shutdown()


def _watch(site: Site, database: str | None, say: Callable[[str], object]) -> None:
    watched = _Watched(database)
    while True:
        changes = watchfiles.watch(
            *watched.folders,
            watch_filter=watched.concerns,
            rust_timeout=_LOOK_AGAIN,
            yield_on_timeout=True,
            raise_interrupt=True,
        )
        for seen in changes:
            before, watched = watched, _Watched(database)
            names = {Path(path).name for _, path in seen if not watched.is_database(path)}
            names |= {folder.name for folder in watched.folders ^ before.folders}
            if watched.leaderboard != before.leaderboard:
                names.add("the leaderboard")
            if names:
                _render_again(site, database, say, sorted(names))
            if watched.folders != before.folders:
                break


def _render_again(site: Site, database: str | None, say: Callable[[str], object], names: list[str]) -> None:
    reference_records.cache_clear()
    try:
        site.replace(render_site(database, live=True))
    except BadInput as error:
        say(clean(f"not shown: {error}"))
        return
    what = ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")
    say(clean(f"changed: {what}"))


class _Watched:
    """The places where a change may change the site: folders of sources, and the leaderboard's file.

    `leaderboard` has the size and the time of change of the file and of its write-ahead log. They are needed
    because reading causes events for these files too.
    """

    def __init__(self, database: str | None) -> None:
        parts = ("challenges", "solutions", "templates")
        self._sources = [root / part for root in (workspace(), shipped()) for part in parts]
        file = database_file(sql.make_url(database_url(database)))
        self._database = [file, file.with_name(f"{file.name}-wal")] if file else []
        self.folders = {
            p.resolve() for p in [*self._sources, *(f.parent for f in self._database)] if p.is_dir()
        }
        stats = [path.stat() for path in self._database if path.exists()]
        self.leaderboard = [(stat.st_size, stat.st_mtime_ns) for stat in stats if stat.st_size]
        self._known = watchfiles.DefaultFilter()

    def is_database(self, path: str) -> bool:
        return Path(path) in [each.resolve() for each in self._database]

    def concerns(self, change: watchfiles.Change, path: str) -> bool:
        """Whether a change is of interest: not one in a cache or in an editor's own file."""
        inside = any(Path(path).is_relative_to(folder.resolve()) for folder in self._sources)
        return self.is_database(path) or (inside and self._known(change, path))
