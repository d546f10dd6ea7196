"""The process clock's arithmetic: how many sets it needs, and what many samples say."""

import math
import statistics
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from judge.judging.estimate import WIDEST
from judge.judging.sampling import (
    COLD_L2,
    FEWEST_SAMPLES,
    FEWEST_SETS,
    LONGEST_SECONDS,
    MOST_SETS,
    PRECISE,
    STEADY_SECONDS,
    enough,
    interval,
    precise,
    sets_needed,
    summary,
)
from judge.verdict.verdict import Method

samples = st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=100)

# -- how many sets ------------------------------------------------------------------------------------

MIB, GIB = 1 << 20, 1 << 30
L2 = 50 * MIB

BOUNDS = {
    # bytes of a set, seconds of a call, bytes of L2, free bytes: K, and what decides it
    "the cache is left behind": ((4 * MIB, 2e-4, L2, 80 * GIB), 200),  # 16 * 50 / 4
    "it is long against what is uneven": ((64 * MIB, 1e-4, L2, 200 * GIB), 200),  # 20 ms / 100 us
    "memory is short": ((64 * MIB, 1e-6, L2, 20 * GIB), 40),  # 20 GiB / 8 / 64 MiB
    "a pass is not too long": ((1 * MIB, 2e-3, L2, 80 * GIB), 50),  # 100 ms / 2 ms
    "there are not too many": ((4, 1e-6, L2, 80 * GIB), 768),
    "there are not too few": ((GIB, 1.0, L2, 80 * GIB), 4),
    "nor where memory is short": ((8 * GIB, 1e-3, L2, GIB), 4),
    "a call of which nothing is known": ((8 * MIB, math.inf, L2, 80 * GIB), 100),  # 16 * 50 / 8
    "an empty set": ((0, 1e-6, L2, GIB), 768),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_the_number_of_sets_by_hand(name: str) -> None:
    given, count = BOUNDS[name]
    assert sets_needed(*given) == count


def test_whoever_takes_the_memory_gets_no_warm_cache() -> None:
    assert sets_needed(8 * MIB, 1e-4, L2, 100 * 8 * 8 * MIB) == 100
    with pytest.raises(MemoryError, match="too few for a cold L2 cache"):
        sets_needed(8 * MIB, 1e-4, L2, 99 * 8 * 8 * MIB)


sizes = st.integers(0, 80 * GIB)
calls = st.floats(1e-7, 100.0)
caches = st.integers(0, 200 * MIB)


def needed(size: int, call: float, cache: int, free: int) -> int:
    try:
        return sets_needed(size, call, cache, free)
    except MemoryError:
        reject()


@given(sizes, calls, caches, sizes)
def test_the_number_of_sets_keeps_all_bounds(size: int, call: float, cache: int, free: int) -> None:
    count = needed(size, call, cache, free)
    assert FEWEST_SETS == 4 <= count <= MOST_SETS
    if count > FEWEST_SETS:
        assert 8 * count * size <= free
        assert count * call <= LONGEST_SECONDS * (1 + 1e-9)
        assert (count - 1) * size < COLD_L2 * cache or (count - 1) * call < STEADY_SECONDS


@given(sizes, calls, caches, sizes)
def test_it_is_no_smaller_than_a_bound_makes_it(size: int, call: float, cache: int, free: int) -> None:
    count, size = needed(size, call, cache, free), max(size, 1)
    more = count + 1
    cold = count * size >= COLD_L2 * cache
    steady = count * call >= STEADY_SECONDS * (1 - 1e-9)
    full = 8 * more * size > free
    long = more * call > LONGEST_SECONDS * (1 - 1e-9)
    assert (cold and steady) or full or long or more > MOST_SETS


@given(sizes, calls, caches, sizes, st.integers(0, 10 * GIB))
def test_more_memory_never_means_fewer_sets(size: int, call: float, cache: int, free: int, more: int) -> None:
    assert needed(size, call, cache, free + more) >= needed(size, call, cache, free)


# -- when it is enough --------------------------------------------------------------------------------


def scattered(count: int) -> list[float]:
    """Samples that are never precise."""
    return [100.0 if n % 2 else 200.0 for n in range(count)]


def steady(count: int) -> list[float]:
    return [100.0] * count


def nearly(count: int) -> list[float]:
    """Samples that are not precise, and not noisy either."""
    return [99.3 if n % 2 else 100.7 for n in range(count)]


def test_sampling_ends_when_all_are_precise() -> None:
    assert enough([steady(12), steady(12)], 0.0, 1.0)
    assert not enough([steady(12), scattered(12)], 0.0, 1.0)
    assert not enough([steady(11), steady(11)], 0.0, 1.0)  # too few to say so


def test_sampling_ends_when_the_budget_is_spent_and_there_are_some_samples() -> None:
    assert enough([nearly(12)], 1.1, 1.0)
    assert not enough([nearly(12)], 0.9, 1.0)
    assert not enough([nearly(11)], 1.1, 1.0)
    assert not enough([nearly(12), nearly(11)], 1.1, 1.0)  # of each side


def test_what_is_noisy_is_sampled_for_four_budgets() -> None:
    assert not enough([scattered(12)], 3.9, 1.0)
    assert not enough([nearly(12), scattered(12)], 3.9, 1.0)
    assert enough([nearly(12), scattered(12)], 4.1, 1.0)


def test_calls_of_seconds_must_do_with_a_few_samples() -> None:
    assert enough([scattered(3)], 10.1, 1.0)
    assert not enough([scattered(2)], 1000.0, 1.0)
    assert not enough([scattered(3)], 9.9, 1.0)


@given(
    st.lists(st.lists(st.floats(1.0, 2.0), min_size=1, max_size=30), min_size=1, max_size=3), st.floats(0, 50)
)
def test_who_has_waited_longer_does_not_go_on_longer(taken: list[list[float]], spent: float) -> None:
    if enough(taken, spent, 1.0):
        assert enough(taken, spent + 1.0, 1.0)


# -- statistics ---------------------------------------------------------------------------------------


def test_the_interval_of_31_samples_by_hand() -> None:
    # 31 / 2 -+ 1.96 sqrt(31) / 2 is 10.04 and 20.96: the 10th and the 22nd in order. The median lies between
    # them unless 9 or fewer samples are below it, or above it: 2 P(B(31, 1/2) <= 9) = 0.029.
    values = [float(n) for n in range(1, 32)]
    assert interval(values) == (10.0, 22.0)
    assert interval(values[::-1]) == (10.0, 22.0)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_interval_of_a_few_samples_is_all_of_them(n: int) -> None:
    values = [float(k) for k in range(n)]
    assert interval(values) == (0.0, n - 1.0)


def coverage(low: int, n: int) -> float:
    """How often the median lies between the samples number `low` from below and from above, from 0."""
    return 1 - 2 * sum(math.comb(n, k) for k in range(low + 1)) / 2**n


def test_the_interval_holds_the_median_in_95_of_100_cases_and_not_in_all() -> None:
    for n in range(6, 401):
        low, high = interval([float(k) for k in range(n)])
        assert low + high == n - 1  # as far from below as from above
        assert coverage(int(low), n) >= 0.95
        assert n < 12 or coverage(int(low) + 2, n) < 0.95  # hardly wider than it must be


@given(samples)
def test_the_interval_lies_around_the_median(values: list[float]) -> None:
    low, high = interval(values)
    assert low <= statistics.median(values) <= high
    assert {low, high} <= set(values)


@given(samples, st.randoms())
def test_the_order_of_samples_does_not_matter(values: list[float], random: Any) -> None:
    shuffled = values[:]
    random.shuffle(shuffled)
    assert interval(shuffled) == interval(values)


@given(samples, st.sampled_from(["process", "replay"]))
def test_a_summary_is_the_median_with_its_interval(values: list[float], method: Method) -> None:
    timing = summary(values, method)
    low, high = timing.ci95_us
    assert low <= timing.median_us <= high
    assert timing.median_us == pytest.approx(statistics.median(values), abs=1e-4)
    assert (timing.samples, timing.method) == (len(values), method)


def test_a_wide_interval_is_noisy() -> None:
    assert WIDEST == 0.02
    # Of 31 samples, the 10th and the 22nd decide.
    assert summary([99.0] * 10 + [100.0] * 11 + [100.9] * 10, "process").noisy == ""
    noisy = summary([98.9] * 10 + [100.0] * 11 + [101.0] * 10, "process")
    assert noisy.noisy == "the interval is 2.1 % wide"
    assert (noisy.median_us, noisy.ci95_us) == (100.0, (98.9, 101.0))


@pytest.mark.parametrize("values", [[0.0] * 12, [-3.0] * 12, [-3.0] * 7 + [5.0] * 5, [-1.0]])
def test_a_time_that_is_not_above_0_is_none(values: list[float]) -> None:
    timing = summary(values, "process")
    assert (timing.median_us, timing.ci95_us) == (0.0, (0.0, 0.0))
    assert timing.noisy == "the time of a call is not above 0"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_no_time_is_negative_and_none_is_trusted_that_might_be(values: list[float]) -> None:
    timing = summary(values, "process")
    low, high = timing.ci95_us
    assert 0 <= low <= timing.median_us <= high
    if interval(values)[0] < 0:
        assert timing.noisy


def test_samples_are_precise_when_the_interval_is_near_the_median() -> None:
    assert PRECISE == 0.005
    assert precise([100.0] * FEWEST_SAMPLES)
    assert not precise([100.0] * (FEWEST_SAMPLES - 1))
    # Of 31 samples, the 10th and the 22nd decide.
    close = [100.0] * 13
    assert precise([50.0] * 9 + close + [200.0] * 9)
    assert precise([99.6] * 10 + close + [100.4] * 8)
    assert not precise([99.4] * 10 + close + [100.4] * 8)
    assert not precise([99.6] * 9 + close[1:] + [100.6] * 10)


@given(st.lists(st.floats(1.0, 2.0), min_size=FEWEST_SAMPLES, max_size=60), st.floats(1e-3, 1e3))
def test_precision_is_relative(values: list[float], scale: float) -> None:
    low, high = interval(values)
    median = statistics.median(values)
    off = max(high - median, median - low) / median
    if abs(off - PRECISE) > 1e-9:
        assert precise([value * scale for value in values]) == (off < PRECISE)
