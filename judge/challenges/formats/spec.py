"""spec.md: TOML front matter between +++ lines, then Markdown."""

import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path

from judge.challenges.format import DIFFICULTIES
from judge.errors import BadInput, did_you_mean

PRECISIONS = ("ieee", "tf32", "fp16", "exact")


@dataclass(frozen=True)
class Spec:
    """The front matter, and the body.

    `precision` is the precision that PyTorch may use when its own error is measured: "ieee", "tf32" or "fp16"
    (accumulation). It is "exact" if nothing is rounded, and then no error is allowed. `deterministic` means
    that a result is wrong if it differs between two runs. `independent` names a dimension along which a large
    answer may be computed in chunks. `restricted` gives the reason for each dimension or argument that is
    limited to some sizes or values.
    """

    title: str
    difficulty: str
    tags: tuple[str, ...]
    origin: str
    precision: str = "ieee"
    deterministic: bool = False
    independent: str = ""
    restricted: dict[str, str] = field(default_factory=dict)
    body: str = ""


def read_spec(path: Path) -> Spec:
    """Read and check a spec. Raises BadInput with file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error})") from None
    lines = text.splitlines()
    if not lines or lines[0].strip() != "+++":
        raise BadInput(f"{path}:1: the front matter starts with a line +++")
    marks = [i for i, line in enumerate(lines) if line.strip() == "+++"]
    if len(marks) < 2:
        raise BadInput(f"{path}:{len(lines)}: the front matter has no closing line +++")
    end = marks[1]
    try:
        front = tomllib.loads("\n".join(lines[1:end]))
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, or too large a number or nesting
        place = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(place[1]) + 1 if place else end
        what = re.sub(r" \(at .*\)$", "", str(error))
        raise BadInput(f"{path}:{line}: the front matter is not TOML: {what}") from None

    def fail(key: str, problem: str) -> BadInput:
        start = re.compile(rf"{re.escape(key)}\s*=|\[{re.escape(key)}\]")
        line = next((i for i, t in enumerate(lines[:end], 1) if start.match(t)), end + 1)
        return BadInput(f"{path}:{line}: {problem}")

    known = [f.name for f in fields(Spec) if f.name != "body"]
    for key in front:
        if key not in known:
            hint = did_you_mean(key, known, f"there are {', '.join(known)}", most=1)
            raise fail(key, f"no such key: {key!r}; {hint}")
    for key in ("title", "difficulty", "tags", "origin"):
        if key not in front:
            raise fail(key, f"the front matter lacks {key}")
    for key, value in front.items():
        if key == "tags":
            good = isinstance(value, list) and all(isinstance(tag, str) for tag in value)
        elif key == "restricted":
            good = isinstance(value, dict) and all(isinstance(why, str) and why for why in value.values())
        else:
            good = isinstance(value, bool if key == "deterministic" else str)
        if not good:
            wanted = {
                "tags": "a list of strings",
                "deterministic": "true or false",
                "restricted": 'a table of reasons, such as { n = "a multiple of 8" }',
            }.get(key, "a string")
            raise fail(key, f"{key} must be {wanted}")
    if front["difficulty"] not in DIFFICULTIES:
        raise fail("difficulty", f"difficulty must be one of {', '.join(DIFFICULTIES)}")
    if front.get("precision", "ieee") not in PRECISIONS:
        raise fail("precision", f"precision must be one of {', '.join(PRECISIONS)}")
    front["tags"] = tuple(front["tags"])
    return Spec(**front, body="\n".join(lines[end + 1 :]).strip() + "\n")
