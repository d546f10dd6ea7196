"""Files that a user asked for, written whole or not at all."""

import os
from pathlib import Path

from judge.errors import BadInput


def require_writable(path: Path) -> None:
    """Raises BadInput if `path` cannot be written. Call it before the work, which may take minutes."""
    folder = path.resolve().parent
    if not folder.is_dir():
        raise BadInput(f"{path} cannot be written: there is no folder {folder}")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise BadInput(f"{path} cannot be written: permission denied")


def write(path: Path, text: str) -> None:
    """Write a file, or replace an old one. Raises BadInput."""
    try:
        if path.exists() and not path.is_file():  # a pipe, a terminal
            path.write_text(text, encoding="utf-8")
            return
        target = path.resolve()
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            beside.write_text(text, encoding="utf-8")
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from None
