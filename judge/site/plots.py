"""Plots as SVG. Classes say what a part is; the style sheet of the page says how it looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, degrees

from markupsafe import Markup

from judge.show.axes import Frame, Linear, Log, amount, element
from judge.show.units import duration
from judge.site.roof import Roof
from judge.verdict.verdict import BenchmarkResult

_ROOFLINE = Frame()
_HISTORY = Frame(height=260)
_MANY = 8  # with more spots than this, a small screen has no room for their labels


@dataclass(frozen=True)
class Mark:
    """A benchmark to be drawn under a roof: its label and its tooltip. A faint one is background."""

    benchmark: BenchmarkResult
    label: str = ""
    detail: str = ""
    href: str = ""
    faint: bool = False


@dataclass(frozen=True)
class Time:
    """A recorded score: when it was made (seconds since 1970), the score in microseconds, and its texts."""

    moment: float
    score_us: float
    label: str
    detail: str
    reference: bool
    href: str = ""


def arithmetic_roofline(marks: Sequence[Mark], roof: Roof) -> Markup:
    """The plot for benchmarks with flops: operations per byte against operations per second, both on
    logarithmic scales, under min(bandwidth * x, rate) (Williams, Waterman, Patterson, 2009).
    """
    area = _ROOFLINE
    intensities = [m.benchmark.flops / m.benchmark.bytes for m in marks]
    rates = [m.benchmark.flops / m.benchmark.median_us * 1e6 for m in marks]
    bends = [rate / roof.bandwidth for rate in roof.rates]
    x = Log(min(intensities + bends) / 3, max(intensities + bends) * 3, area.left, area.right)
    y = Log(min(rates) / 3, max([*roof.rates, *rates]) * 3, area.bottom, area.top)
    first = max(x.low, y.low / roof.bandwidth)
    last = max([*bends, first * 2]) if bends else min(x.high, y.high / roof.bandwidth)
    slope = x(first), y(first * roof.bandwidth), x(last), y(last * roof.bandwidth)
    labels = _Labels(area)
    labels.avoid_line(*slope)
    parts = [
        area.axes(
            [(x(t), f"{t:g}") for t in x.ticks()],
            [(y(t), f"{t / 1e12:g}") for t in y.ticks()],
            "operations per byte moved",
            "TFLOP/s",
        ),
        _line("roof", *slope),
        _along(slope, amount(roof.bandwidth, "B/s")),
    ]
    for rate, bend in zip(roof.rates, bends, strict=True):
        kind = "roof" if rate == roof.rates[-1] else "roof lower"
        parts.append(_line(kind, x(bend), y(rate), area.right, y(rate)))
        parts.append(element("text", amount(rate, "FLOP/s"), class_="peak", x=area.right, y=y(rate) - 8))
        labels.avoid_line(x(bend), y(rate), area.right, y(rate))
        labels.avoid(area.right - 95, y(rate) - 22, area.right, y(rate))
    parts.append(_spots(marks, [x(i) for i in intensities], [y(r) for r in rates], y, labels))
    return _roofline(marks, "Operations per second against operations per byte, under the roofline", parts)


def bandwidth_roofline(marks: Sequence[Mark], roof: Roof) -> Markup:
    """The plot for benchmarks without flops: bytes moved against bytes per second, under the bandwidth."""
    area = _ROOFLINE
    moved = [float(m.benchmark.bytes) for m in marks]
    rates = [m.benchmark.bytes / m.benchmark.median_us * 1e6 for m in marks]
    highest = max([roof.bandwidth, *rates])
    x = Log(min(moved) / 2, max(moved) * 2, area.left, area.right)
    y = Log(min([highest / 10, *rates]) / 1.5, highest * 2, area.bottom, area.top)
    at = y(roof.bandwidth)
    labels = _Labels(area)
    labels.avoid_line(area.left, at, area.right, at)
    labels.avoid(area.left, at - 22, area.left + 80, at)
    parts = [
        area.axes(
            [(x(t), amount(t, "B")) for t in x.ticks()],
            [(y(t), f"{t / 1e12:g}") for t in y.ticks()],
            "bytes moved by a call",
            "TB/s",
        ),
        _line("roof", area.left, at, area.right, at),
        element("text", amount(roof.bandwidth, "B/s"), class_="bandwidth", x=area.left + 8, y=at - 8),
        _spots(marks, [x(b) for b in moved], [y(r) for r in rates], y, labels),
    ]
    return _roofline(marks, "Bytes per second against bytes moved, under the device's bandwidth", parts)


def history(times: Sequence[Time]) -> Markup:
    """The plot of scores over the days, oldest first, with the best so far as a staircase."""
    area = _HISTORY
    first, last = times[0].moment, times[-1].moment
    margin = max(0.06 * (last - first), 2 * 86400 if last - first < 3 * 86400 else 0)
    x = Linear(first - margin, last + margin, area.left, area.right)
    low, high = min(t.score_us for t in times), max(t.score_us for t in times)
    y: Linear | Log = Linear(0, high * 1.25, area.bottom, area.top)
    if high > 8 * low:
        y = Log(low / 2, high * 2, area.bottom, area.top)
    stairs = [(x(first), y(times[0].score_us))]  # the corners of the staircase
    for time in times:
        if y(time.score_us) > stairs[-1][1]:
            stairs += [(x(time.moment), stairs[-1][1]), (x(time.moment), y(time.score_us))]
    stairs.append((area.right, stairs[-1][1]))
    labels = _Labels(area)
    parts = [
        area.axes(
            [(x(t), label) for t, label in x.dates()],
            [(y(t), duration(t) if t else "0") for t in y.ticks()],
            "day recorded",
            "time of a call",
        ),
        element("polyline", class_="best", points=" ".join(f"{at:.1f},{up:.1f}" for at, up in stairs)),
    ]
    spots = [(t, x(t.moment), y(t.score_us)) for t in sorted(times, key=lambda t: t.score_us)]
    for _, at, up in spots:
        labels.avoid(at - 5, up - 5, at + 5, up + 5)
    for here, there in pairwise(stairs):
        labels.avoid_line(*here, *there)
    for time, at, up in spots:
        kind = "spot reference" if time.reference else "spot"
        parts.append(_spot(kind, at, up, time.label, time.detail, time.href, labels))
    many = " many" if len(times) > _MANY else ""
    return area.svg("Recorded times over the days, with the best so far", *parts, class_=f"plot{many}")


def speedup_bar(value: float, low: float, high: float) -> Markup:
    """One bar of a table: from 1 to `value` on a logarithmic scale from `low` to `high`."""
    x = Log(low, high, 0, 100)
    left, right = sorted((x(1), x(value)))
    kind = "gain" if value >= 1 else "loss"
    width = f"{max(right - left, 0.3):.2f}%"
    bar = element("rect", class_=kind, x=f"{left:.2f}%", width=width, y=4, height=10, rx=2)
    grid = [_upright("grid", x(t)) for t in x.ticks()]
    return _bar(*grid, bar, _upright("one", x(1)))


def speedup_axis(low: float, high: float) -> Markup:
    """The labels above the bars of speedup_bar."""
    x = Log(low, high, 0, 100)
    return _bar(*(element("text", f"{t:g}×", class_="tick x", x=f"{x(t):.2f}%", y=12) for t in x.ticks()))


# -- parts --------------------------------------------------------------------------------------------


def _bar(*parts: Markup) -> Markup:
    return element("svg", *parts, class_="bar", height=18, width="100%", aria_hidden="true")


def _upright(kind: str, share: float) -> Markup:
    return element("line", class_=kind, x1=f"{share:.2f}%", x2=f"{share:.2f}%", y1=0, y2=18)


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return element("line", class_=kind, x1=x1, y1=y1, x2=x2, y2=y2)


def _along(slope: tuple[float, float, float, float], text: str) -> Markup:
    """A text along a line, near its beginning."""
    x1, y1, x2, y2 = slope
    angle = atan2(y2 - y1, x2 - x1)
    x, y = x1 + 0.12 * (x2 - x1), y1 + 0.12 * (y2 - y1) - 9
    turned = f"rotate({degrees(angle):.1f} {x:.1f} {y:.1f})"
    return element("text", text, class_="bandwidth", x=x, y=y, transform=turned)


def _roofline(marks: Sequence[Mark], label: str, parts: Sequence[Markup]) -> Markup:
    many = " many" if sum(not m.faint for m in marks) > _MANY else ""
    return _ROOFLINE.svg(label, *parts, class_=f"plot{many}")


def _spots(
    marks: Sequence[Mark], x: Sequence[float], y: Sequence[float], scale: Log, labels: "_Labels"
) -> Markup:
    """The faint spots, and the others above them. If the others are few, a line leads from each to its
    roofline.
    """
    background = [
        element("circle", class_="spot faint", cx=at, cy=up, r=2.5)
        for mark, at, up in zip(marks, x, y, strict=True)
        if mark.faint
    ]
    shown = [(m, at, up) for m, at, up in zip(marks, x, y, strict=True) if not m.faint]
    shown.sort(key=lambda spot: -(spot[0].benchmark.roofline or 0))  # the best are labelled first
    for _, at, up in shown:
        labels.avoid(at - 5, up - 5, at + 5, up + 5)
    gaps, spots = [], []
    for mark, at, up in shown:
        b = mark.benchmark
        if len(shown) <= _MANY and b.roofline_us:
            gaps.append(_line("gap", at, up, at, scale((b.flops or b.bytes) / b.roofline_us * 1e6)))
        spots.append(_spot("spot", at, up, mark.label, mark.detail, mark.href, labels))
    return Markup("").join([*background, *gaps, *spots])


def _spot(kind: str, x: float, y: float, label: str, detail: str, href: str, labels: "_Labels") -> Markup:
    """A spot with a tooltip, and with a label if there is room."""
    place = labels.place(x, y, label)
    text_x, text_y = place or labels.beside(x, y, label)[0 if x < labels.middle else 1][:2]
    text = element("text", label, class_="label" if place else "label tip", x=text_x, y=text_y + 12)
    inner = element("title", detail) + element("circle", class_=kind, cx=x, cy=y, r=5) + text
    return element("a", inner, class_="spotted", href=href) if href else element("g", inner, class_="spotted")


_Box = tuple[float, float, float, float]


class _Labels:
    """Finds room for labels. Each is placed once, inside the area, and covers nothing else."""

    def __init__(self, area: Frame) -> None:
        self._area = area
        self._taken: list[_Box] = []
        self._placed: set[str] = set()
        self.middle = (area.left + area.right) / 2

    def avoid(self, left: float, top: float, right: float, bottom: float) -> None:
        self._taken.append((left, top, right, bottom))

    def avoid_line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        steps = 40
        for i in range(steps + 1):
            x, y = x1 + (x2 - x1) * i / steps, y1 + (y2 - y1) * i / steps
            self.avoid(x - 4, y - 2, x + 4, y + 2)

    def beside(self, x: float, y: float, label: str) -> list[_Box]:
        """The boxes that a label would fill to the right, to the left, above and below a spot."""
        width = 6.6 * len(label)
        return [
            (x + 9, y - 8, x + 9 + width, y + 8),
            (x - 9 - width, y - 8, x - 9, y + 8),
            (x - width / 2, y - 24, x + width / 2, y - 8),
            (x - width / 2, y + 8, x + width / 2, y + 24),
        ]

    def place(self, x: float, y: float, label: str) -> tuple[float, float] | None:
        """The upper left corner for a label. None if there is no room, or the label is already placed."""
        if label in self._placed:
            return None
        for box in self.beside(x, y, label):
            left, top, right, bottom = box
            area = self._area
            inside = left >= area.left and right <= area.right and top >= area.top and bottom <= area.bottom
            if inside and not any(_overlap(box, other) for other in self._taken):
                self._taken.append(box)
                self._placed.add(label)
                return left, top
        return None


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
