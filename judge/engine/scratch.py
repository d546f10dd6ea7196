"""Scratch folders: each runner has one to write in, and it goes with the runner."""

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path

PREFIX = "judge-"  # of their names, in the folder for temporary files


def make_scratch() -> Path:
    """A new, empty one."""
    return Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()


def remove_scratch(path: Path) -> None:
    """Remove one with all that is in it, whatever a submission has made of it."""
    # Folders may be unreadable, or nested deeper than Python's own functions go.
    for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        # In a session of its own, out of reach of the terminal's Ctrl-C.
        subprocess.run(
            [*command, "--", str(path)], stderr=subprocess.DEVNULL, check=False, start_new_session=True
        )


def folder_size(folder: Path, most: int) -> tuple[int, int]:
    """Bytes and entries below a folder; it stops counting at `most` entries or soon after."""
    size = entries = 0
    folders = [str(folder)]
    while folders and entries <= most:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as found:
            for entry in found:
                entries += 1
                size += entry.stat(follow_symlinks=False).st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
    return size, entries
