"""A challenge to start from: a small complete one, written file by file."""

import contextlib
import keyword
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from judge.challenges.format import DIFFICULTIES
from judge.errors import BadInput
from judge.files import write
from judge.new.templates import environment
from judge.workspace import shipped, workspace


def new_challenge(
    name: str,
    title: str | None = None,
    difficulty: str = DIFFICULTIES[0],
    holder: Path | None = None,
    force: bool = False,
) -> Path:
    """Write a small complete challenge, which the user can change into another, to the folder `name` in
    `holder` (else in challenges/ of the workspace). Returns its folder. Raises BadInput.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise BadInput(f"{name!r} is not a name for a challenge: small letters, digits and _, as in row_sum")
    if difficulty not in DIFFICULTIES:
        raise BadInput(f"difficulty must be one of {', '.join(DIFFICULTIES)}")
    here = workspace()
    here = here.relative_to(Path.cwd()) if here == Path.cwd() else here
    folder = (holder or here / "challenges") / name
    if os.path.lexists(folder) and not force:
        raise BadInput(f"{folder} exists already; --force overwrites its files, --out names another place")
    source = shipped() / "templates" / "challenge"
    rendered = environment(source)
    values = dict(name=name, title=title or name.replace("_", " ").capitalize(), difficulty=difficulty)
    texts = {
        path.relative_to(source).with_suffix(""): rendered.get_template(
            path.relative_to(source).as_posix()
        ).render(values)
        for path in sorted(source.glob("**/*.jinja"))
    }
    making = folder if folder.exists() else folder.with_name(f".{name}.{os.getpid()}")
    with _writable(folder):
        try:
            for part, text in texts.items():
                (making / part).parent.mkdir(parents=True, exist_ok=True)
                write(making / part, text)
            making.rename(folder)
        finally:
            if making != folder:
                shutil.rmtree(making, ignore_errors=True)
    return folder


@contextlib.contextmanager
def _writable(path: Path) -> Iterator[None]:
    """Turn an error of writing into BadInput."""
    try:
        yield
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from None
