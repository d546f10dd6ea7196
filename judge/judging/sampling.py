"""The arithmetic of the process clock: how many sets it needs, and what many samples say."""

import math
import statistics

from judge.verdict.verdict import WIDEST, Method, Timing

STEADY_SECONDS = 0.02  # of a pass: long compared with what varies
LONGEST_SECONDS = 0.1  # a pass should not be longer
COLD_L2 = 16  # the size of all sets together, in L2 caches
MOST_SETS, FEWEST_SETS = 768, 4
FEWEST_SAMPLES, MOST_SAMPLES = 12, 400
PRECISE = 0.005  # half of the 95 % interval, as a fraction of the median
PATIENCE = 4  # budgets that are spent before a time is given up as noisy


def sets_needed(set_bytes: int, call_seconds: float, l2_bytes: int, free_bytes: int) -> int:
    """K. As far as time allows, the sets are many times as large as the L2 cache, and a pass is long compared
    with what varies. `call_seconds` is the time of a call of the judge's own program, infinite if it is not
    known. Raises MemoryError if memory does not suffice for cold sets: who takes it must not gain by it.

    A set is in memory at most three times: shared, as drawn, and as a reference's result.
    """
    cold = math.ceil(COLD_L2 * l2_bytes / max(set_bytes, 1))
    steady = math.ceil(STEADY_SECONDS / call_seconds)
    fitting = free_bytes // 8 // max(set_bytes, 1)
    quick = int(LONGEST_SECONDS / call_seconds) if call_seconds < math.inf else MOST_SETS
    if max(fitting, FEWEST_SETS) < min(cold, quick, MOST_SETS):
        raise MemoryError(f"{free_bytes >> 20} MiB of free memory are too few for a cold L2 cache")
    return max(FEWEST_SETS, min(max(cold, steady), fitting, quick, MOST_SETS))


def enough(taken: list[list[float]], spent: float, budget: float) -> bool:
    """Whether sampling may end: all sides are precise, or `budget` seconds are spent. While one is noisy,
    four times as many are. Calls that take seconds get only a few samples.
    """
    count = min(map(len, taken))
    if all(map(precise, taken)):
        return True
    if count >= FEWEST_SAMPLES and spent > budget:
        return spent > PATIENCE * budget or not any(map(_is_noisy, taken))
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


def summary(samples: list[float], method: Method) -> Timing:
    """The median and its interval for some samples, in microseconds, and whether they are noisy."""
    low, high = interval(samples)
    median = statistics.median(samples)
    noisy = ""
    if not median > 0:
        median, low, high, noisy = 0.0, 0.0, 0.0, "the time of a call is not above 0"
    elif _is_noisy(samples):
        noisy = f"the interval is {100 * (high - low) / median:.1f} % wide"
    ends = round(max(low, 0.0), 4), round(high, 4)
    return Timing(round(median, 4), ends, len(samples), method, noisy)


def _is_noisy(samples: list[float]) -> bool:
    low, high = interval(samples)
    return high - low > WIDEST * statistics.median(samples)


def precise(samples: list[float]) -> bool:
    """Whether the interval of the median is within PRECISE of it on both sides."""
    if len(samples) < FEWEST_SAMPLES:
        return False
    low, high = interval(samples)
    median = statistics.median(samples)
    return max(high - median, median - low) <= PRECISE * abs(median)
