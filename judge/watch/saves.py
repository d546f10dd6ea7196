"""Notices when files are saved. An editor may overwrite a file, write it in pieces, or replace it."""

import time
from collections.abc import Iterator
from pathlib import Path

import watchfiles

from judge.solutions.languages import LANGUAGES

_QUIET_MS, _LONGEST_MS = 20, 200  # a save is over when nothing has happened for this long
_PATIENCE_SECONDS = 0.3  # for a file that is gone, empty or cannot be parsed: a save may come in pieces
_LOOK_MS = 1000  # if the system does not report changes, files are looked at this often


def saved(files: list[Path]) -> Iterator[float | None]:
    """Yields None at once, then the time of every save of one of the files, in seconds since the epoch."""
    folders = {parent for file in files for parent in (file.parent.resolve(), file.resolve().parent)}
    notices = watchfiles.watch(
        *folders,
        watch_filter=None,
        step=_QUIET_MS,
        debounce=_LONGEST_MS,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
        recursive=False,
    )
    seen = _states(files)
    yield None
    while True:
        now = _states(files)
        changed = [file for file in files if now[file] != seen[file]]
        if not changed:
            next(notices)
            continue
        moment = time.time()
        while not all(map(_whole, changed)) and time.time() - moment < _PATIENCE_SECONDS:
            time.sleep(_QUIET_MS / 1000)
        seen = _states(files)
        # A rename does not change the time at which a file was written, but it changes the ctime.
        moments = [file.stat().st_ctime for file in changed if file.exists()]
        yield min(max(moments, default=moment), time.time())


def _states(files: list[Path]) -> dict[Path, tuple[int, ...]]:
    """The time of writing, the size and the inode of each file, which tell one version from another."""
    states: dict[Path, tuple[int, ...]] = {}
    for file in files:
        try:
            found = file.stat()
            states[file] = found.st_mtime_ns, found.st_size, found.st_ino
        except OSError:
            states[file] = ()
    return states


def _whole(file: Path) -> bool:
    """Whether a file looks as if it was written to the end."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    language = LANGUAGES.get(file.suffix)
    return bool(text.strip()) and not (language and language.syntax_problem(text))
