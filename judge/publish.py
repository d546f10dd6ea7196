"""A folder of generated files, written whole or not at all, and never over somebody else's."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from judge.errors import BadInput

MARKER = ".judge-site"


def publish(files: Mapping[str, str], out: Path, force: bool = False) -> None:
    """Write files (by relative path) to a folder of their own beside `out`, then put it in its place.

    Raises BadInput if `out` is no folder of ours (unless `force`: then what it holds is gone), or cannot be
    written.
    """
    out = out.absolute()
    check(out, force)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}") from None
    try:
        for name, text in {
            **files,
            MARKER: "made by judge site build; the whole folder is replaced\n",
        }.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        new.chmod(0o777 & ~_umask())
        _swap(new, out)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)


def check(out: Path, force: bool = False) -> None:
    """Whether `out` may be written: new, empty, or ours. Raises BadInput."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise BadInput(f"{out} is no folder; --out names another")
    if out.is_dir() and not force and not (out / MARKER).is_file() and any(out.iterdir()):
        raise BadInput(
            f"{out} holds files that judge did not write; --out names another, --force replaces it"
        )
    if Path.cwd().is_relative_to(out.absolute()):
        raise BadInput(f"{out} is the folder that you are in (or above it); --out names one below")


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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
