"""The files that stay on this machine: measured peaks, and scratch folders of judges that were killed."""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from judge.engine.scratch import PREFIX, folder_size, is_in_use, remove_scratch
from judge.workspace import cache_folder

_MOST = 1_000_000  # entries that are counted at most
_NEW_SECONDS = 60.0  # a folder this new may belong to a runner that is just starting


@dataclass(frozen=True)
class Leftover:
    """A folder that may be emptied: what it is, where, and how many bytes and entries it has."""

    what: str
    path: Path
    bytes: int
    entries: int


def leftovers() -> Iterator[Leftover]:
    """Yields the cache, and each scratch folder that no judge holds any more."""
    size, entries = folder_size(cache_folder(), _MOST)
    if entries:
        yield Leftover("cache", cache_folder(), size, entries)
    for path in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")):
        if _is_left_behind(path) and not is_in_use(path):
            yield Leftover("scratch", path, *folder_size(path, _MOST))


def clean() -> list[Leftover]:
    """Remove all leftovers. Returns those that are gone."""
    gone = []
    for each in leftovers():
        if each.what == "cache":
            shutil.rmtree(each.path, ignore_errors=True)
        else:
            remove_scratch(each.path)
        if not each.path.exists():
            gone.append(each)
    return gone


def _is_left_behind(path: Path) -> bool:
    """Whether a folder belongs to the user and is not new."""
    try:
        found = path.lstat()
    except OSError:
        return False
    old = time.time() - found.st_mtime > _NEW_SECONDS
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and old
