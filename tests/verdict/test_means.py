"""The one geometric mean."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.verdict.means import geometric_mean

times = st.floats(1e-3, 1e6)
values = st.lists(times, min_size=1, max_size=50)


def test_the_mean_of_some_by_hand() -> None:
    assert geometric_mean([2.0, 8.0]) == pytest.approx(4.0)
    assert geometric_mean([1.0, 10.0, 100.0]) == pytest.approx(10.0)
    assert geometric_mean(iter([3.0])) == pytest.approx(3.0)


def test_of_nothing_there_is_no_mean() -> None:
    assert geometric_mean([]) is None


@pytest.mark.parametrize("missing", [None, 0.0, -1.0, math.nan])
def test_where_one_is_missing_there_is_no_mean(missing: float | None) -> None:
    assert geometric_mean([missing]) is None
    assert geometric_mean([2.0, missing, 8.0]) is None


@given(values)
def test_it_is_the_geometric_mean(given: list[float]) -> None:
    found = geometric_mean(given)
    assert found == pytest.approx(statistics.geometric_mean(given))
    assert min(given) <= found * (1 + 1e-9)
    assert found <= max(given) * (1 + 1e-9)


@given(values, times)
def test_another_unit_changes_no_ratio(given: list[float], scale: float) -> None:
    found = geometric_mean([scale * value for value in given])
    assert found == pytest.approx(scale * geometric_mean(given))


@given(values, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(given: list[float], random: object) -> None:
    shuffled = given[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert geometric_mean(shuffled) == pytest.approx(geometric_mean(given))


def test_many_large_values_do_not_overflow() -> None:
    assert geometric_mean([1e300] * 1000) == pytest.approx(1e300)
