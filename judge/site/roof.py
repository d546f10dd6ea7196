"""The roof over a device's times: its peaks, as recorded rooflines imply them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from judge.verdict.verdict import BenchmarkResult

_SAME = 0.95  # two measurements of one peak differ by less than this


@dataclass(frozen=True)
class Roof:
    """A device's peaks, as recorded rooflines imply them: bytes per second, operations per second (one for
    each kind of arithmetic that bounded a case, ascending).
    """

    bandwidth: float
    rates: tuple[float, ...]


def roof(benchmarks: Iterable[BenchmarkResult]) -> Roof | None:
    """The roof that these benchmarks' own rooflines imply; None if none has one.

    A roofline is max(bytes / bandwidth, flops / rate) (see judge/judging/roofline.py). So bytes / roofline is
    the bandwidth where memory is the bound, and less elsewhere: the largest is the bandwidth. Where a case
    stays well below it, flops / roofline is the rate that bounds it.
    """
    bounded = [(b.bytes, b.flops, b.roofline_us * 1e-6) for b in benchmarks if b.roofline_us]
    if not bounded:
        return None
    bandwidth = max(moved / seconds for moved, _, seconds in bounded)
    rates = sorted(
        flops / seconds for moved, flops, seconds in bounded if flops and moved / seconds < _SAME * bandwidth
    )
    distinct = [rate for rate, above in pairwise([*rates, inf]) if rate < _SAME * above]
    return Roof(bandwidth, tuple(distinct))
