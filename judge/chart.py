"""A comparison as a picture: for each shape a bar per program, as long as it takes, in SVG.

Bars of one shape share a scale, those of different shapes do not. A dashed line is the roofline: no bar can
end before it.
"""

from html import escape

from judge import sweep
from judge.render import duration
from judge.results import Entry, Results, Row
from judge.results_text import remark

_WIDTH, _BAR, _GAP, _HEAD = 760, 16, 6, 30  # pixels
_LETTER = 7.2  # pixels of a letter, about
_TOLD = 150  # pixels beside a full bar, for its time
_SHORT = 70  # characters of a reason
_LIGHT = ("#2563eb", "#d97706", "#059669", "#9333ea", "#dc2626", "#0891b2", "#65a30d", "#db2777")
_DARK = ("#60a5fa", "#fbbf24", "#34d399", "#c084fc", "#f87171", "#22d3ee", "#a3e635", "#f472b6")


def as_svg(results: Results) -> str:
    """One SVG document, readable on light and on dark pages."""
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
    y += 20
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y:.0f}" width="{_WIDTH}" '
        f'height="{y:.0f}" role="img" aria-label="{escape(title)}">\n<style>{_style()}</style>\n'
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


def _told(entry: Entry) -> str:
    if entry.status != "timed" or not entry.median_us:
        text = remark(entry)
        return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
    ratio = f"  {entry.speedup:.2f}×" if entry.speedup else ""
    return f"{duration(entry.median_us)}{ratio}{'  tie' if entry.place == 'tie' else ''}"


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
