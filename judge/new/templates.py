"""The environment that all templates are rendered in."""

import json
from pathlib import Path

import jinja2

from judge.workspace import shipped


def environment(*folders: Path) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, shipped() / "templates" / "solution"]),
        extensions=["jinja2.ext.do"],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= dict(prose=prose, quoted=json.dumps)
    return made


def prose(text: str) -> str:
    """Somebody's text as one line that cannot end the docstring or the quoted string around it."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line.replace("\\", "\\\\").replace('"', "'")
