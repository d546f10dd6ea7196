"""The folders that the judge uses: the workspace, the one that is shipped with the judge, and the cache."""

import os
from pathlib import Path


def shipped() -> Path:
    """The folder with the shipped challenges, solutions and templates: judge/data in an installed wheel, else
    the checkout.
    """
    package = Path(__file__).resolve().parent
    data = package / "data"
    return data if (data / "challenges").is_dir() else package.parent


def workspace() -> Path:
    """The nearest folder, from the current one upwards, with challenges/ or .judge/ in it; else the current
    folder.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".judge").is_dir() or (folder / "challenges").is_dir():
            return folder
    return here


def roots() -> list[Path]:
    """The folders that are searched for challenges and solutions, the one with priority first."""
    return list(dict.fromkeys([workspace(), shipped()]))


def cache_folder() -> Path:
    """The folder for results that are measured once per device."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "judge"
