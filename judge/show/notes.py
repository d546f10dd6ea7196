"""Notes on a terminal: the list of them, and one with its numbers and its code."""

import os
import textwrap

import click
from pygments import highlight
from pygments.formatter import Formatter
from pygments.formatters.terminal import TerminalFormatter
from pygments.formatters.terminal256 import Terminal256Formatter, TerminalTrueColorFormatter
from pygments.lexers.python import PythonLexer

from judge.board.columns import Record
from judge.board.notes import TimedNote
from judge.show.clocks import clock, place
from judge.show.markdown import markdown_text
from judge.show.units import duration, percent, ratio, table
from judge.text import clean

STYLE = "solarized-dark"  # the style of Pygments that reads best on black and on white

_HEADERS = ["challenge", "solution", "title", "tags", "best", "roofline"]
_NAMES, _TEXTS, _NUMBERS = slice(0, 2), slice(2, 4), slice(4, 6)


def notes_text(notes: list[TimedNote], width: int | None = None) -> str:
    """A table with one line for each note, or several if the table is wider than `width` columns."""
    places = {_place(each.best) for each in notes if each.best}
    rows = [_cells(each, len(places) > 1) for each in notes]
    found = table(rows, _HEADERS)
    if width and max(map(len, found.splitlines())) > width:
        padded = [f"{header}  " for header in _HEADERS]  # as tabulate does
        fixed = (
            max(len(cell) for row in (*rows, padded) for cell in row[part]) for part in (_NAMES, _NUMBERS)
        )
        room = max(width - sum(fixed) - 4, 20)
        found = table([_stacked(row, room) for row in rows], _stacked(_HEADERS, room))
    if len(places) == 1:
        found += f"\n\nbest times on {clean(*places)}"
    return found


def _place(best: Record) -> str:
    return place(best["device"], best["method"])


def _cells(each: TimedNote, with_place: bool) -> list[str]:
    time = roofline = ""
    if best := each.best:
        time = duration(best["score_us"]) + (f" on {_place(best)}" if with_place else "")
        roofline = percent(best["roofline"])
    cells = [each.challenge, each.name, each.note.title, ", ".join(each.about.tags), time, roofline]
    return [" ".join(clean(cell).split()) for cell in cells]


def _stacked(row: list[str], room: int) -> list[str]:
    """The six cells of a row as three: the names, the texts (no wider than `room`), and the numbers."""
    texts = [textwrap.fill(cell, room, break_on_hyphens=False) for cell in row[_TEXTS]]
    return ["\n".join(cells) for cells in (row[_NAMES], texts, row[_NUMBERS])]


def note_text(each: TimedNote, width: int) -> str:
    """The note, its numbers, and the code, styled for a terminal of `width` columns."""
    solution = each.note.solution
    about = [each.challenge, solution.title, each.about.difficulty, ", ".join(each.about.tags)]
    parts = [
        f"{click.style(clean(each.note.title), bold=True)}\n{clean(' · '.join(about))}",
        markdown_text(clean(each.note.body), width).rstrip(),
        clean(_numbers(each.times)),
        _highlighted(clean(each.note.code)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _numbers(times: list[Record]) -> str:
    if not times:
        return ""
    headers = ["device", "best time", "clock", "vs torch", "roofline", "torch", "triton", "driver", "when"]
    rows = [
        [
            row["device"],
            duration(row["score_us"]) + (" (shared)" if row["shared"] else ""),
            clock(row["method"]),
            ratio(row["speedup"]),
            percent(row["roofline"]),
            row["torch"],
            row["triton"],
            row["driver"],
            row["time"][:10],
        ]
        for row in times
    ]
    return table(rows, headers)


def _highlighted(code: str) -> str:
    formatter: Formatter
    if os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        formatter = TerminalTrueColorFormatter(style=STYLE)
    elif "256" in os.environ.get("TERM", ""):
        formatter = Terminal256Formatter(style=STYLE)
    else:
        formatter = TerminalFormatter()
    return str(highlight(code, PythonLexer(), formatter)).rstrip()
