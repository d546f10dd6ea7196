"""Boards and histories as tables for people. Their columns are those that have a header in COLUMNS."""

from itertools import groupby

from judge.board.columns import COLUMNS, IDENTITY, Record
from judge.board.standings import Board, Entry
from judge.show.clocks import apart
from judge.show.units import table, written

OUTDATED = "†"
OUTDATED_MEANS = "† the code has changed since"

_SHOWN = [column for column in (*COLUMNS, *IDENTITY) if column.header]
_SAME = ("challenge", "status", "method")  # in all rows of a board
ON_BOARDS = [c for c in _SHOWN if c.name not in _SAME]


def board_text(boards: list[Board]) -> str:
    """The boards of one challenge, with a table for each clock. Ranks are per device."""
    parts = []
    for method, of_clock in groupby(boards, key=lambda board: board.method):
        parts += [apart(method), _table([entry for board in of_clock for entry in board.entries])]
    return "\n\n".join(filter(None, parts))


def _table(entries: list[Entry]) -> str:
    rows = [[str(entry.rank), *(_cell(entry, c.name) for c in ON_BOARDS)] for entry in entries]
    found = table(rows, ["rank", *(c.header for c in ON_BOARDS)])
    return f"{found}\n\n{OUTDATED_MEANS}" if any(entry.outdated for entry in entries) else found


def history_text(records: list[Record]) -> str:
    """A table of all verdicts, oldest first."""
    rows = [[_text(record, c.name) for c in _SHOWN] for record in records]
    return table(rows, [c.header for c in _SHOWN])


def _cell(entry: Entry, name: str) -> str:
    mark = f" {OUTDATED}" if name == "score_us" and entry.outdated else ""
    return f"{_text(entry.record, name)}{mark}"


def _text(record: Record, name: str) -> str:
    unit = next(c.unit for c in _SHOWN if c.name == name)
    marks = [mark for mark in ("shared", "noisy") if name == "score_us" and record[mark]]
    return " ".join([*written(record[name], unit).split(), *(f"({mark})" for mark in marks)])
