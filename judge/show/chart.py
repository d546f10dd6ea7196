"""Comparisons as SVG pictures: the times of one comparison, and the speedups of many.

The times of a shape are bars, one for each program. The bars of one shape share a scale, those of different
shapes do not. A dashed line is the roofline.
"""

from html import escape

from judge.comparing import sweep
from judge.comparing.results import Cell, Results, Row
from judge.show.axes import Log
from judge.show.comparison import NOISY, remark
from judge.show.units import duration

_WIDTH, _BAR, _GAP, _HEAD = 760, 16, 6, 30  # pixels
_LETTER = 7.2  # pixels of a letter, about
_TOLD = 150  # pixels beside a full bar, for its time
_SHORT = 70  # characters of a reason
_LIGHT = ("#2563eb", "#d97706", "#059669", "#9333ea", "#dc2626", "#0891b2", "#65a30d", "#db2777")
_DARK = ("#60a5fa", "#fbbf24", "#34d399", "#c084fc", "#f87171", "#22d3ee", "#a3e635", "#f472b6")
_SPEEDUPS = (
    "line{stroke-dasharray:none}.grid{opacity:.25}.mark{fill:#1f2328}"
    "@media(prefers-color-scheme:dark){.mark{fill:#f0f6fc}}"
)


def as_svg(results: Results) -> str:
    """The times of a comparison as one SVG document, which is readable on light and on dark pages."""
    common, shapes = sweep.split([row.shape for row in results.rows])
    programs = [*results.solutions, *results.against]
    left = 16 + _LETTER * max((len(name) for name in programs), default=0)
    title = " · ".join(filter(None, (results.challenge, results.device, sweep.text(common))))
    parts, y = [f'<text class="title" x="0" y="16">{escape(title)}</text>'], 28.0
    for row, shape in zip(results.rows, shapes, strict=True):
        drawn, height = _row(row, sweep.text(shape), programs, left)
        parts.append(f'<g transform="translate(0 {y:.0f})">{drawn}</g>')
        y += height
    versus = f"× over {results.against[0]}; " if results.against else ""
    parts.append(f'<text class="shape" x="0" y="{y + 8:.0f}">{escape(versus)}dashed: the roofline</text>')
    return _document(title, parts, y + 20)


def speedups(title: str, told: str, bars: list[tuple[str, float, float | None]]) -> str:
    """Speedups as one SVG document: for each name a bar from 1 to its speedup, on one logarithmic scale, and
    a mark at the speedup of another program. `told` says what bars and marks are.
    """
    left, top, step = 16 + _LETTER * max(len(name) for name, *_ in bars), 48, _BAR + 4
    values = [value for _, *both in bars for value in both if value]
    x = Log(min(0.5, *values), max(2.0, *values), left, _WIDTH - 70)
    bottom = top + step * len(bars)
    parts = [f'<text class="title" x="0" y="16">{escape(title)}</text>']
    for tick in x.ticks():
        at, kind = x(tick), "one" if tick == 1 else "grid"
        parts.append(f'<line class="{kind}" x1="{at:.1f}" x2="{at:.1f}" y1="{top - 6}" y2="{bottom}"/>')
        parts.append(f'<text class="shape" x="{at:.1f}" y="{top - 14}" text-anchor="middle">{tick:g}×</text>')
    for y, (name, value, other) in zip(range(top, bottom, step), bars, strict=True):
        middle = y + _BAR / 2
        begin, end = min(x(1), x(value)), max(x(1), x(value))
        kind, width = "c0" if value >= 1 else "c1", max(end - begin, 1)
        parts += [
            f'<text x="{left - 8:.0f}" y="{middle:.0f}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="{kind}" x="{begin:.1f}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"/>',
        ]
        if other:
            at = x(other) - 1.5
            parts.append(f'<rect class="mark" x="{at:.1f}" y="{y - 1}" width="3" height="{_BAR + 2}"/>')
        parts.append(f'<text x="{_WIDTH - 4}" y="{middle:.0f}" text-anchor="end">{value:.2f}×</text>')
    parts.append(f'<text class="shape" x="0" y="{bottom + 14}">{escape(told)}</text>')
    return _document(title, parts, bottom + 26, _SPEEDUPS)


def _document(title: str, parts: list[str], height: float, style: str = "") -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" '
        f'height="{height:.0f}" role="img" aria-label="{escape(title)}">\n<style>{_style()}{style}</style>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _row(row: Row, name: str, programs: list[str], left: float) -> tuple[str, float]:
    longest = max((e.median_us for e in row.entries if e.median_us), default=1.0)
    scale = (_WIDTH - left - _TOLD) / longest
    parts, y = [f'<text class="shape" x="0" y="20">{escape(name)}</text>'], float(_HEAD)
    for entry in row.entries:
        middle = y + _BAR / 2
        weight = ' class="first"' if entry.place == "fastest" else ""
        name = escape(entry.program)
        parts.append(f'<text x="{left - 8:.0f}" y="{middle:.0f}" text-anchor="end"{weight}>{name}</text>')
        width = scale * entry.median_us if entry.status == "timed" and entry.median_us else 0.0
        if width:
            number = programs.index(entry.program) % len(_LIGHT)
            parts.append(
                f'<rect class="c{number}" x="{left:.0f}" y="{y:.0f}" width="{max(width, 1):.1f}" '
                f'height="{_BAR}" rx="2"/>'
            )
        told = escape(_told(entry))
        parts.append(f'<text x="{left + width + 6:.0f}" y="{middle:.0f}"{weight}>{told}</text>')
        y += _BAR + _GAP
    if row.roofline_us and row.roofline_us <= longest:
        x = left + scale * row.roofline_us
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_HEAD - 4}" y2="{y - 2:.0f}"/>')
    return "".join(parts), y + 4


def _told(entry: Cell) -> str:
    if entry.status != "timed" or not entry.median_us:
        text = remark(entry)
        return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
    ratio = f"  {entry.speedup:.2f}×" if entry.speedup else ""
    noisy = f" {NOISY}" if entry.noisy else ""
    return f"{duration(entry.median_us)}{noisy}{ratio}{'  tie' if entry.place == 'tie' else ''}"


def _style() -> str:
    bars = "".join(f".c{i}{{fill:{colour}}}" for i, colour in enumerate(_LIGHT))
    dark = "".join(f".c{i}{{fill:{colour}}}" for i, colour in enumerate(_DARK))
    return (
        "text{font:12px system-ui,sans-serif;fill:#1f2328;dominant-baseline:middle;white-space:pre}"
        ".title{font-weight:600;font-size:14px}.shape{fill:#59636e}.first{font-weight:700}"
        f"line{{stroke:#59636e;stroke-dasharray:3 3}}{bars}"
        "@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.shape{fill:#9198a1}line{stroke:#9198a1}"
        f"{dark}}}"
    )
