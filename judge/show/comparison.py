"""A comparison as text: tables for a terminal or in Markdown."""

from typing import Any

import click
from tabulate import tabulate

from judge.comparing import sweep
from judge.comparing.results import FAILURES, Cell, Results, Row
from judge.show.units import duration, percent, precision, ratio
from judge.text import clean

_SHORT = 90  # characters of a reason in a table
_WORDS = {"no_room": "does not fit into memory", "too_large": "too large for the interpreter"}
_WORDS |= {"busy": "the GPU or the CPU was too busy"}
NOISY = "~"


def comparison_text(results: Results) -> str:
    """The whole comparison, in colour if the terminal can show it."""
    common, _ = sweep.split([row.shape for row in results.rows])
    lines = [" · ".join(filter(None, (results.challenge, results.device, sweep.text(common)))), ""]
    lines += [times(results)]
    if len(results.rows) > 1 and results.means:
        lines += ["", means(results)]
    lines += ["", f"seed {results.seed}"]
    for row in results.rows:
        lines += [line for entry in row.entries for line in _failure(results, row, entry)]
    noisy = [(row, entry) for row in results.rows for entry in row.entries if entry.noisy]
    lines += [click.style(f"{NOISY} {e.program}, {row.name}: {e.noisy}", fg="yellow") for row, e in noisy]
    if all(entry.status == "too_large" for row in results.rows for entry in row.entries):
        told = "nothing was judged: --shape and --sweep name smaller shapes, like --shape 'rows=64 cols=100'"
        lines.append(click.style(told, fg="yellow"))
    if results.shared:
        lines.append(click.style("shared: another program was computing on this GPU", fg="yellow"))
    lines += [click.style(f"warning: {clean(warning)}", fg="yellow") for warning in results.warnings]
    return "\n".join(lines)


def times(results: Results, tablefmt: str = "simple") -> str:
    """A table with a line for each program on each shape."""
    _, shapes = sweep.split([row.shape for row in results.rows])
    versus = [f"vs {results.against[0]}"] if results.against else []
    table = []
    for row, shape in zip(results.rows, shapes, strict=True):
        name = sweep.text(shape)
        for entry in row.entries:
            over = [ratio(entry.speedup)] if versus else []
            share = percent(entry.roofline)
            table.append([name, entry.program, time(entry), *over, share, entry.method, remark(entry)])
            name = ""
    return _table(table, ["shape", "program", "time", *versus, "roofline", "method", ""], tablefmt)


def means(results: Results, tablefmt: str = "simple") -> str:
    """A table of the geometric means of the speedups, over all shapes on which both could be timed."""
    total = len(results.rows)
    table = [
        [
            name,
            ratio(mean["speedup"]),
            f"{mean['shapes']} of {total} shapes" if mean["shapes"] < total else "",
        ]
        for name, mean in results.means.items()
    ]
    return _table(table, ["geometric mean", f"vs {results.against[0]}", ""], tablefmt)


def time(entry: Cell) -> str:
    """The median, and half of its interval in per cent, marked if it is noisy; "" if there is no time."""
    if entry.status != "timed" or not entry.median_us or not entry.ci95_us:
        return ""
    mark = f" {NOISY}" if entry.noisy else ""
    return f"{duration(entry.median_us)} ± {precision(entry.median_us, *entry.ci95_us)}{mark}"


def remark(entry: Cell) -> str:
    """The remark on a program's cell: that it won, or why there is no time."""
    if entry.status == "not_supported":
        text = f"not supported: {entry.message}"
        return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
    word = _WORDS.get(entry.status, "" if entry.status == "timed" else entry.status.replace("_", " "))
    return ", ".join(filter(None, (word, entry.place, entry.note)))


def _failure(results: Results, row: Row, entry: Cell) -> list[str]:
    if entry.program not in results.solutions or entry.status not in FAILURES:
        return []
    word = click.style(entry.status.replace("_", " "), fg="red", bold=True)
    return [
        "",
        f"{word}  {entry.program}, {row.name}",
        *(f"    {line}" for line in entry.message.splitlines()),
    ]


def _table(rows: list[list[Any]], headers: list[str], tablefmt: str) -> str:
    filled = [i for i, _ in enumerate(headers) if i == 0 or any(row[i] for row in rows)]
    rows, headers = [[row[i] for i in filled] for row in rows], [headers[i] for i in filled]
    return str(tabulate(rows, headers, tablefmt=tablefmt, disable_numparse=True))
