"""A folder of generated files, written whole or not at all, and never over somebody else's."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from judge.errors import BadInput

MARKER = ".judge-site"
_MARK = "made by judge site build, which replaces the whole folder\n"


def publish(files: Mapping[str, str], out: Path, force: bool = False) -> None:
    """Write files (by relative path) to a folder of their own beside `out`, then put it in its place.

    Raises BadInput if `out` is no folder of ours (unless `force`: then what it holds is gone), or cannot be
    written.
    """
    check(out, force)
    out = out.absolute()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}") from None
    try:
        for name, text in {**files, MARKER: _MARK}.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="replace")  # names may be no text
        new.chmod(0o755)
        _swap(new, out)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)


def check(out: Path, force: bool) -> None:
    """Whether `out` may be replaced: it is new, empty, ours, or the user insists. Raises BadInput if not."""
    out = out.absolute()
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise BadInput(f"{out} is no folder; --out names another")
    if Path.cwd().is_relative_to(out):
        raise BadInput(f"{out} is the folder that you are in, or above it; --out names one below")
    try:
        ours = not out.is_dir() or (out / MARKER).is_file() or not any(out.iterdir())
    except OSError as error:
        raise BadInput(f"{out} cannot be read: {error.strerror}") from None
    if not ours and not force:
        raise BadInput(f"{out} holds files of others; --out names another folder, --force replaces this one")


def _swap(new: Path, out: Path) -> None:
    old = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    try:
        if out.exists():
            os.replace(out, old)
        try:
            os.replace(new, out)
        except OSError:
            with suppress(OSError):
                os.replace(old, out)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
