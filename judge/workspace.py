"""Where things lie: the workspace, what is shipped with the judge, and the cache."""

import os
from pathlib import Path


def shipped() -> Path:
    """The folder with the challenges, solutions and templates that are shipped: in an installed wheel
    judge/data, else the checkout.
    """
    package = Path(__file__).resolve().parent
    data = package / "data"
    return data if (data / "challenges").is_dir() else package.parent


def workspace() -> Path:
    """The nearest folder, here or above, with challenges or a .judge in it; else this one."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".judge").is_dir() or (folder / "challenges").is_dir():
            return folder
    return here


def roots() -> list[Path]:
    """The folders in which challenges and solutions are looked for; what the first has wins."""
    return list(dict.fromkeys([workspace(), shipped()]))


def cache_folder() -> Path:
    """Where what was measured once per device is kept."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "judge"
