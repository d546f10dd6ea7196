"""Scales and ticks of a plot, and SVG elements. Coordinates are SVG's: x to the right, y down."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor, log10

from markupsafe import Markup, escape

_DAY = 86400.0
_STEPS = [_DAY * days for days in (1, 2, 7, 14, 30, 91, 182, 365, 730, 1826)]


@dataclass(frozen=True)
class Linear:
    """Values from `low` to `high`, drawn from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> Iterator[float]:
        """Yields about five ticks: multiples of 1, 2 or 5 times a power of ten."""
        rough = (self.high - self.low) / 5
        power = 10.0 ** floor(log10(rough))
        step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
        for i in range(ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9) + 1):
            yield i * step

    def dates(self) -> Iterator[tuple[float, str]]:
        """Yields about six midnights in UTC, each with its name. The values are seconds since 1970."""
        step = next((s for s in _STEPS if (self.high - self.low) / s <= 7), _STEPS[-1])
        form = "%d %b" if step < 60 * _DAY else "%b %Y"
        for i in range(ceil(self.low / step), floor(self.high / step) + 1):
            yield i * step, datetime.fromtimestamp(i * step, UTC).strftime(form).lstrip("0")


@dataclass(frozen=True)
class Log:
    """Positive values from `low` to `high` on a logarithmic scale, drawn from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = log10(value / self.low) / log10(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> Iterator[float]:
        """Yields powers of ten as ticks: 2 and 5 times them too if they are few, every second if many."""
        decades = log10(self.high / self.low)
        for exponent in range(floor(log10(self.low)), ceil(log10(self.high)) + 1, 2 if decades > 7 else 1):
            for factor in (1, 2, 5) if decades < 2 else (1,):
                value = factor * 10.0**exponent
                if self.low * 0.999 <= value <= self.high * 1.001:
                    yield value


@dataclass(frozen=True)
class Frame:
    """The area of a plot within its SVG, which leaves room for ticks and titles."""

    width: int = 600
    height: int = 400
    left: int = 60

    @property
    def right(self) -> int:
        return self.width - 12

    @property
    def top(self) -> int:
        return 34

    @property
    def bottom(self) -> int:
        return self.height - 52

    def axes(
        self, x: list[tuple[float, str]], y: list[tuple[float, str]], x_title: str, y_title: str
    ) -> Markup:
        """Grid lines, tick labels and titles. The ticks are given by their coordinates, not by values."""
        parts = []
        for at, label in x:
            parts.append(element("line", class_="grid", x1=at, x2=at, y1=self.top, y2=self.bottom))
            parts.append(element("text", label, class_="tick x", x=at, y=self.bottom + 20))
        for at, label in y:
            parts.append(element("line", class_="grid", x1=self.left, x2=self.right, y1=at, y2=at))
            parts.append(element("text", label, class_="tick y", x=self.left - 8, y=at + 4))
        parts += [
            element("line", class_="axis", x1=self.left, x2=self.right, y1=self.bottom, y2=self.bottom),
            element("text", x_title, class_="title x", x=self.right, y=self.bottom + 44),
            element("text", y_title, class_="title y", x=0, y=self.top - 16),
        ]
        return Markup("").join(parts)

    def svg(self, label: str, *parts: Markup, class_: str = "plot") -> Markup:
        """The whole plot. `label` says in words what it shows."""
        box = f"0 0 {self.width} {self.height}"
        return element("svg", *parts, class_=class_, viewBox=box, role="group", aria_label=label)


def element(name: str, *children: str | Markup, **attributes: str | float) -> Markup:
    """An SVG element. An attribute's trailing underscore is dropped, others become hyphens. Text that is not
    Markup is escaped.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_written(value)}"' for key, value in attributes.items()
    )
    inner = Markup("").join(children)
    return Markup(f"<{name}{written}>{inner}</{name}>")


def _written(value: str | float) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else escape(value)


def amount(value: float, unit: str) -> str:
    """A value with a decimal prefix: 4.2 TB, 100 kB."""
    for scale, prefix in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= scale * 0.9995:
            return f"{value / scale:.3g} {prefix}{unit}"
    return f"{value:.3g} {unit}"
