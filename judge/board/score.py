"""A score with its interval: one number for all benchmarks of a verdict."""

from dataclasses import dataclass

from judge.verdict.means import geometric_mean
from judge.verdict.verdict import BenchmarkResult


@dataclass(frozen=True)
class Score:
    """A score and its 95 % interval, in microseconds.

    `whose` says whose record it is, "" if it was measured in this session.
    """

    us: float
    low: float
    high: float
    whose: str = ""


def score_of(us: float | None, benchmarks: list[BenchmarkResult], whose: str = "") -> Score | None:
    """A score with an interval: the geometric means of the ends of its benchmarks' intervals.

    None if there is no score.
    """
    if not us or not benchmarks:
        return None
    low, high = (geometric_mean(b.ci95_us[end] for b in benchmarks) or 0.0 for end in (0, 1))
    return Score(us, low, high, whose)
