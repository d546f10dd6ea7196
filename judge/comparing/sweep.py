"""The shapes of a comparison: rows like those of a challenge's BENCHMARKS, which options can vary."""

import itertools
import re
from collections.abc import Sequence
from typing import Any

from judge.errors import BadInput, did_you_mean

Shape = dict[str, Any]
_BOOLS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def pairs(option: str, text: str) -> list[tuple[str, list[str]]]:
    """The keys and values of "seq=1024,2048" or "seq=1024 dim=64". Raises BadInput that names the option."""
    found: dict[str, list[str]] = {}
    for word in text.split():
        key, equals, values = word.partition("=")
        given = values.split(",")
        if not equals or not key.isidentifier() or not all(given):
            raise BadInput(f"{option} {text!r}: {word!r} is not of the form key=value, such as seq=1024")
        if key in found:
            raise BadInput(f"{option} {text!r}: {key} is given twice; several values are {key}=A,B")
        found[key] = given
    if not found:
        raise BadInput(f"{option} {text!r}: there is no key=value in it, such as seq=1024")
    return list(found.items())


def shapes(
    benchmarks: Sequence[Shape], tests: Sequence[Shape], given: Sequence[str], swept: Sequence[str]
) -> list[Shape]:
    """The shapes to compare on: the challenge's benchmarks, unless an option asks for others.

    `given` are the texts of --shape: each is the first benchmark with some values replaced. `swept` are the
    texts of --sweep: each combination of their values is put into each of these shapes. Raises BadInput for
    keys that no row of the challenge has, and for values of the wrong type.
    """
    if not benchmarks:
        raise BadInput("the challenge has no BENCHMARKS to start from")
    rows = [*benchmarks, *tests]
    if not given and not swept:
        return _unique(benchmarks)
    bases = [rows[0]]
    if given:
        bases = []
        for text in given:
            parsed = {key: _values("--shape", key, texts, rows) for key, texts in pairs("--shape", text)}
            for key, values in parsed.items():
                if len(values) > 1:
                    raise BadInput(f"--shape {text!r}: {key} has several values; --sweep takes them")
            bases.append(rows[0] | {key: values[0] for key, values in parsed.items()})
    axes: dict[str, list[Any]] = {}
    for text in swept:
        for key, texts in pairs("--sweep", text):
            if key in axes:
                raise BadInput(f"--sweep {key} is given twice; several values are {key}=A,B")
            axes[key] = _values("--sweep", key, texts, rows)
    combinations = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    return _unique([base | combination for base in bases for combination in combinations])


def _values(option: str, key: str, texts: list[str], rows: Sequence[Shape]) -> list[Any]:
    known = list(dict.fromkeys(key for row in rows for key in row))
    if key not in known:
        hint = did_you_mean(key, known, f"there are {', '.join(known)}", most=1)
        raise BadInput(f"{option}: the challenge's shapes have no {key!r}; {hint}")
    kinds = {type(row[key]) for row in rows if key in row}
    kind = float if kinds == {int, float} else next(type(row[key]) for row in rows if key in row)
    return [_value(option, key, text, kind) for text in texts]


def _value(option: str, key: str, text: str, kind: type) -> Any:
    if kind is str:
        return text
    if kind is bool and text.lower() in _BOOLS:
        return _BOOLS[text.lower()]
    if kind is int and re.fullmatch(r"[+-]?\d[\d_]{0,17}", text) and not text.endswith("_"):
        return int(text.replace("_", ""))
    if kind is float:
        try:
            return float(text)
        except ValueError:
            pass
    wanted = {bool: "true or false", int: "a whole number", float: "a number"}.get(kind)
    if wanted is None:
        raise BadInput(f"{option}: {key} is a {kind.__name__}, which cannot be given on the command line")
    raise BadInput(f"{option}: {key}={text} is not {wanted}")


def _unique(rows: Sequence[Shape]) -> list[Shape]:
    return [row for i, row in enumerate(rows) if row not in rows[:i]]


def split(found: Sequence[Shape]) -> tuple[Shape, list[Shape]]:
    """The values that all shapes have in common, and the rest of each shape."""
    common = {
        key: value
        for key, value in (found[0] if len(found) > 1 else {}).items()
        if all(shape.get(key) == value for shape in found)
    }
    return common, [{k: v for k, v in shape.items() if k not in common} for shape in found]


def text(shape: Shape) -> str:
    """A shape as the command line takes it."""
    return " ".join(f"{key}={value}" for key, value in shape.items())
