"""Boards and histories as tables for people. Their columns are those that have a header in COLUMNS."""

from judge.board.columns import COLUMNS, IDENTITY, Record
from judge.board.standings import Entry
from judge.show.units import table, written

OUTDATED = "†"
OUTDATED_MEANS = "† the code has changed since"

_SHOWN = [column for column in (*COLUMNS, *IDENTITY) if column.header]
ON_BOARDS = [c for c in _SHOWN if c.name not in ("challenge", "status")]  # these are the same in all rows


def board_text(entries: list[Entry]) -> str:
    """The board of one challenge as a table. Ranks are per device."""
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
    shared = " (shared)" if name == "score_us" and record["shared"] else ""
    return " ".join(f"{written(record[name], unit)}{shared}".split())
