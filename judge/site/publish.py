"""A folder of generated files. It is written whole or not at all, and never replaces other files."""

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

    Raises BadInput if `out` holds other files (unless `force`: then they are removed), or cannot be written.
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
            path.write_text(text, encoding="utf-8", errors="replace")  # names may not be valid text
        new.chmod(0o755)
        _swap(new, out)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)


def check(out: Path, force: bool) -> None:
    """Raises BadInput unless `out` may be replaced: it is new, empty or an older site, or `force` is on."""
    out = out.absolute()
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise BadInput(f"{out} is not a folder; --out names another")
    if Path.cwd().is_relative_to(out):
        raise BadInput(f"{out} is the folder that you are in, or above it; --out names one below")
    try:
        ours = not out.is_dir() or (out / MARKER).is_file() or not any(out.iterdir())
    except OSError as error:
        raise BadInput(f"{out} cannot be read: {error.strerror}") from None
    if not ours and not force:
        raise BadInput(f"{out} holds other files; --out names another folder, --force replaces this one")


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
