"""The arithmetic of the clock: what one sample is, how many sets it needs, and what many samples say."""

import math
import statistics

from judge.verdict.verdict import Timing

SETTLE_SECONDS = 0.0006  # at most, from "continue" to t0
STEADY_SECONDS = 0.0036  # of a pass over K sets: long compared with what varies, with time to settle
LONGEST_SECONDS = 0.05  # a pass should not be longer
COLD_L2 = 16  # the size of all sets together, in L2 caches
MOST_SETS, FEWEST_SETS = 768, 4
FEWEST_SAMPLES, MOST_SAMPLES = 12, 400
PRECISE = 0.005  # half of the 95 % interval, as a fraction of the median


def call_us(many: int, seconds_many: float, few: int, seconds_few: float) -> float:
    """The time of one call in microseconds, from a pass over many sets and one over few. The other costs of a
    pass cancel.
    """
    return (seconds_many - seconds_few) / (many - few) * 1e6


def settle_seconds(few: int, recent_us: list[float]) -> float:
    """The seconds that a pass waits between "continue" and t0. This is less than the shorter pass takes, so
    that a program that starts to compute before t0 has the same head start in both passes. `recent_us` are
    the last samples.
    """
    call = statistics.median(recent_us or [0.0]) * 1e-6
    return max(0.0, min(SETTLE_SECONDS, 0.9 * few * call))


def sets_needed(set_bytes: int, call_seconds: float, l2_bytes: int, free_bytes: int) -> int:
    """K, a multiple of 4. As far as memory and time allow, the sets are many times as large as the L2 cache,
    and a pass is long compared with what varies.

    A set is in memory at most three times: shared, as drawn, and as a reference's result.
    """
    cold = math.ceil(COLD_L2 * l2_bytes / max(set_bytes, 1))
    steady = math.ceil(STEADY_SECONDS / call_seconds)
    fitting = free_bytes // 8 // max(set_bytes, 1)
    quick = int(LONGEST_SECONDS / call_seconds)
    count = max(FEWEST_SETS, min(max(cold, steady), fitting, quick, MOST_SETS))
    return count // 4 * 4


def enough(taken: list[list[float]], spent: float, budget: float) -> bool:
    """Whether sampling may end: all sides are precise, or `budget` seconds are spent. Calls that take seconds
    get only a few samples.
    """
    count = min(map(len, taken))
    if all(map(precise, taken)) or (spent > budget and count >= FEWEST_SAMPLES):
        return True
    return spent > 10 * budget and count >= 3


def interval(samples: list[float]) -> tuple[float, float]:
    """The 95 % interval of the median, from order statistics. With fewer than six samples it has them all.

    Source: Conover, "Practical Nonparametric Statistics", confidence interval for a quantile: the l-th
    smallest and l-th largest of n samples miss the median with probability 2 P(Binomial(n, 1/2) < l).
    """
    ordered = sorted(samples)
    n, place, missed = len(ordered), 0, 1
    while 2 * (missed + math.comb(n, place + 1)) <= 0.05 * 2**n:
        place += 1
        missed += math.comb(n, place)
    return ordered[place], ordered[n - 1 - place]


def summary(samples: list[float], method: str) -> Timing:
    """The median and its interval for some samples, in microseconds."""
    low, high = interval(samples)
    median = statistics.median(samples)
    return Timing(round(median, 4), (round(low, 4), round(high, 4)), len(samples), method)  # type: ignore[arg-type]


def precise(samples: list[float]) -> bool:
    """Whether the interval of the median is within PRECISE of it on both sides."""
    if len(samples) < FEWEST_SAMPLES:
        return False
    low, high = interval(samples)
    median = statistics.median(samples)
    return max(high - median, median - low) <= PRECISE * abs(median)
