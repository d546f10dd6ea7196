"""What Triton builds for itself before its first kernel: small libraries in C, half a second a process.

They are built by runners that have loaded no submission yet, and kept in the judge's cache folder, to which
only the judge writes. Each new runner on a GPU gets a copy.
"""

import contextlib
import importlib.metadata
import os
import shutil
import sys
import tempfile
from pathlib import Path

from judge.workspace import cache_folder


def stubs_folder() -> Path:
    """The folder for this Python and this Triton."""
    version = importlib.metadata.version("triton")
    return cache_folder() / f"triton-{version}-{sys.implementation.cache_tag}"


def give_stubs(cache: Path) -> None:
    """Copy what is kept to a runner's cache of Triton, which must not be there yet."""
    with contextlib.suppress(OSError, importlib.metadata.PackageNotFoundError):
        shutil.copytree(stubs_folder(), cache)


def keep_stubs(cache: Path) -> None:
    """Keep the cache of a runner that has loaded nothing of anybody's. It is never half written."""
    with contextlib.suppress(OSError, importlib.metadata.PackageNotFoundError):
        folder = stubs_folder()
        if folder.exists() or not cache.is_dir():
            return
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            shutil.copytree(cache, new, dirs_exist_ok=True)
            os.rename(new, folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
