"""Numbers and tables as text for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from tabulate import tabulate

from judge.text import clean

if TYPE_CHECKING:
    from judge.board.columns import Unit  # this imports SQLAlchemy, which a verdict does not need


_UNITS = ((1000.0, "µs", 1.0), (1e6, "ms", 1e-3), (float("inf"), "s", 1e-6))


def _unit(us: float) -> tuple[str, float]:
    """The unit in which a time reads well, and what turns microseconds into it."""
    return next((unit, scale) for limit, unit, scale in _UNITS if us < limit)


def duration(us: float) -> str:
    """A time with a unit that reads well: 3.92 µs, 1.06 ms."""
    unit, scale = _unit(us)
    return f"{digits(us * scale)} {unit}"


def measured(us: float, half: float) -> str:
    """A time and half of its interval, in the same unit: 69.2 µs ± 0.30, 2.59 ms ± 0.005."""
    scaled = half * _unit(us)[1]
    return f"{duration(us)} ± {digits(scaled) if scaled >= 0.01 else format(scaled, '.1g')}"


def percent(share: float | None) -> str:
    """A share of 1 in whole per cent, "" if there is none."""
    return "" if share is None else f"{100 * share:.0f} %"


def ratio(value: float | None) -> str:
    """A ratio, such as 1.44×; "" if it is not known."""
    return f"{value:.2f}×" if value else ""


def precision(median: float, low: float, high: float) -> str:
    """Half of an interval, in per cent of the median."""
    return f"{50 * (high - low) / median:.1f} %"


def digits(value: float) -> str:
    """A number with about three digits."""
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}" if value >= 1 else f"{value:.2f}"


def written(value: Any, unit: "Unit") -> str:
    """A value of the leaderboard, "" if there is none."""
    if value is None:
        return ""
    if unit == "us":
        return duration(value) if isinstance(value, float) else ""
    if unit == "ratio":
        return ratio(value)
    if unit == "share":
        return percent(value)
    return str(value)[:16].replace("T", " ") if unit == "moment" else str(value)


def point(ok: bool | None, name: str, text: str) -> str:
    """A line about one point that was looked at: good, bad, or only worth knowing (None)."""
    mark = {True: click.style("ok", fg="green"), False: click.style("!!", fg="red"), None: "--"}[ok]
    return f"  {mark}  {name:<13} {text}"


def table(rows: Sequence[Sequence[object]], headers: list[str]) -> str:
    """A table of rows below headers. Cells are shown as they are, without control characters."""
    return clean(str(tabulate(rows, headers, disable_numparse=True)))
