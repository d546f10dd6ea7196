"""Scratch folders: each runner may write to one, which is removed with the runner."""

import contextlib
import errno
import fcntl
import os
import subprocess
import tempfile
from pathlib import Path

_REMOVE_SECONDS = 60.0  # for all that a scratch folder may hold
PREFIX = "judge-scratch-"  # of the folders' names; they are in the folder for temporary files


def make_scratch() -> tuple[Path, int]:
    """Make a new, empty scratch folder. Returns it and a descriptor. While that is open, it is in use."""
    path = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return path, descriptor


def is_in_use(path: Path) -> bool:
    """Whether a judge holds a scratch folder, also one in another container."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return True  # this is not known, so the folder must stay
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def remove_scratch(path: Path) -> None:
    """Remove a scratch folder with all that is in it, whatever a submission has done to it."""
    # Folders may be unreadable, or nested deeper than Python's own functions go.
    for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        # In a session of its own, so that the terminal's Ctrl-C does not reach it.
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [*command, "--", str(path)],
                stderr=subprocess.DEVNULL,
                check=False,
                start_new_session=True,
                timeout=_REMOVE_SECONDS,
            )


def folder_size(folder: Path, most: int) -> tuple[int, int]:
    """The bytes and the number of entries below a folder. Counting stops at `most` entries or soon after. A
    folder so deep that it has no path counts as too many: what is in it cannot be seen.
    """
    size = entries = 0
    folders = [str(folder)]
    while folders and entries <= most:
        try:
            with os.scandir(folders.pop()) as found:
                for entry in found:
                    entries += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return size, most + 1
    return size, entries
