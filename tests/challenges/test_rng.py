"""Random numbers: every draw follows from the seed and keeps to its range."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from judge.challenges.rng import LEAST_SIZE, WEIGHT, Rng, derive, fresh_seed

seeds = st.integers(0, 2**63 - 1)
shapes = st.lists(st.integers(0, 6), max_size=3)
purposes = st.lists(st.integers(0, 100) | st.sampled_from(["case", "fuzz", "pass"]), max_size=3)
INTEGERS = [torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8]
FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def same(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and torch.equal(one, other)


# -- seeds --------------------------------------------------------------------------------------------


@given(seed=seeds, purpose=purposes)
def test_a_derived_seed_is_a_seed_and_always_the_same(seed: int, purpose: list[object]) -> None:
    assert 0 <= derive(seed, *purpose) < 2**63
    assert derive(seed, *purpose) == derive(seed, *purpose)


@given(seed=seeds, one=purposes, other=purposes)
def test_derived_seeds_differ_where_the_purposes_do(
    seed: int, one: list[object], other: list[object]
) -> None:
    assert (derive(seed, *one) == derive(seed, *other)) == (one == other)


@given(one=seeds, other=seeds)
def test_derived_seeds_differ_where_the_seeds_do(one: int, other: int) -> None:
    assert (derive(one, "case", 1) == derive(other, "case", 1)) == (one == other)


@given(seed=seeds)
def test_neighbouring_cases_share_no_numbers(seed: int) -> None:
    one, other = (
        Rng(derive(seed, "case", n)).integers(64, low=0, high=2**40, dtype=torch.int64) for n in (1, 2)
    )
    assert not set(one.tolist()) & set(other.tolist())


def test_fresh_seeds_are_exact_in_json_and_new_each_time() -> None:
    drawn = [fresh_seed() for _ in range(50)]
    assert len(set(drawn)) == 50
    assert all(0 <= seed < 2**53 == int(float(2**53)) for seed in drawn)


# -- scalars ------------------------------------------------------------------------------------------


@given(seed=seeds, low=st.integers(-(2**40), 2**40), span=st.integers(0, 2**40))
def test_an_integer_lies_in_its_range(seed: int, low: int, span: int) -> None:
    rng = Rng(seed)
    assert all(low <= rng.integer(low, low + span) <= low + span for _ in range(20))


@given(seed=seeds, low=st.integers(-100, 100), span=st.integers(0, 5))
def test_both_ends_of_an_integers_range_occur(seed: int, low: int, span: int) -> None:
    rng = Rng(seed)
    assert {rng.integer(low, low + span) for _ in range(400)} == set(range(low, low + span + 1))


@given(seed=seeds)
def test_a_choice_reaches_every_element_and_no_other(seed: int) -> None:
    rng = Rng(seed)
    assert {rng.choice("abcd") for _ in range(400)} == set("abcd")


# -- tensors ------------------------------------------------------------------------------------------


@given(seed=seeds, shape=shapes, low=st.integers(-100, 27), span=st.integers(0, 100))
@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_integers_keep_to_their_range(
    dtype: torch.dtype, seed: int, shape: list[int], low: int, span: int
) -> None:
    low = max(low, 0) if dtype == torch.uint8 else low
    drawn = Rng(seed).integers(*shape, low=low, high=low + span, dtype=dtype)
    assert (drawn.dtype, list(drawn.shape)) == (dtype, shape)
    assert all(low <= value <= low + span for value in drawn.reshape(-1).tolist())


@given(seed=seeds, low=st.integers(-100, 100), span=st.integers(0, 5))
def test_both_ends_of_the_integers_range_occur(seed: int, low: int, span: int) -> None:
    drawn = Rng(seed).integers(20, 20, low=low, high=low + span)
    assert set(drawn.reshape(-1).tolist()) == set(range(low, low + span + 1))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (1.0, 2.0), (-1.0, 1.0), (-3.0, 100.0)])
def test_uniform_keeps_to_its_range(dtype: torch.dtype, low: float, high: float) -> None:
    drawn = Rng(1).uniform(200_000, low=low, high=high, dtype=dtype)
    assert drawn.dtype == dtype
    assert float(drawn.min()) >= low
    assert float(drawn.max()) <= high
    assert float(drawn.double().mean()) == pytest.approx((low + high) / 2, abs=(high - low) / 100)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_normal_is_normal(dtype: torch.dtype) -> None:
    drawn = Rng(1).normal(300, 400, dtype=dtype)
    assert (drawn.dtype, drawn.shape) == (dtype, (300, 400))
    assert float(drawn.double().mean()) == pytest.approx(0, abs=0.02)
    assert float(drawn.double().std()) == pytest.approx(1, abs=0.02)


@given(seed=seeds, n=st.integers(0, 200))
def test_a_permutation_has_every_number_once(seed: int, n: int) -> None:
    drawn = Rng(seed).permutation(n)
    assert drawn.dtype == torch.int64
    assert sorted(drawn.tolist()) == list(range(n))


# -- determinism ------------------------------------------------------------------------------------


def all_tensors(rng: Rng, shape: list[int], n: int) -> list[Tensor]:
    return [
        rng.normal(*shape),
        rng.normal(*shape, dtype=torch.float16),
        rng.uniform(*shape, low=-2.0, high=3.0),
        rng.integers(*shape, low=0, high=2**30),
        rng.integers(*shape, low=0, high=1, dtype=torch.int64),
        rng.permutation(n),
    ]


@given(seed=seeds, shape=shapes, n=st.integers(0, 50))
def test_the_same_seed_draws_the_same(seed: int, shape: list[int], n: int) -> None:
    drawn = [all_tensors(Rng(seed), shape, n) for _ in range(2)]
    assert all(map(same, *drawn))


@given(one=seeds, other=seeds)
def test_another_seed_draws_something_else(one: int, other: int) -> None:
    assert same(Rng(one).normal(20), Rng(other).normal(20)) == (one == other)


@given(seed=seeds)
def test_numbers_do_not_depend_on_tensors_drawn_between(seed: int) -> None:
    plain, between = Rng(seed), Rng(seed)
    between.normal(5)
    drawn = [[rng.integer(0, 2**40), rng.choice(range(1000))] for rng in (plain, between)]
    assert drawn[0] == drawn[1]


def test_what_is_drawn_twice_differs() -> None:
    rng = Rng(3)
    assert not same(rng.normal(20), rng.normal(20))
    assert rng.integer(0, 2**40) != rng.integer(0, 2**40)


@given(seed=seeds, other=seeds)
def test_values_can_be_drawn_again_while_tensors_go_on(seed: int, other: int) -> None:
    rng, fresh = Rng(seed), Rng(other)
    values, before = [rng.integer(0, 2**40) for _ in range(3)], rng.normal(20)
    rng.rewind_values()
    assert [rng.integer(0, 2**40) for _ in range(3)] == values
    assert not same(rng.normal(20), before)
    rng.reseed(other)
    assert same(rng.normal(20), fresh.normal(20))
    assert rng.integer(0, 2**40) not in values


@pytest.mark.parametrize("shape", [(16,), (1000,), (3, 64), (64, 3), (40, 50), (2, 17, 3)])
def test_heavy_parts_have_most_of_the_weight_and_a_tail_among_them(shape: tuple[int, ...]) -> None:
    tails = 0
    for seed in range(30):
        heavy, plain = Rng(seed, heavy=True).normal(*shape), Rng(seed).normal(*shape)
        parts = heavy != plain
        assert torch.equal(heavy[parts], plain[parts] * WEIGHT)
        assert 0 < float(parts.float().mean()) <= 4 / 16
        axes = [axis for axis, size in enumerate(shape) if size >= LEAST_SIZE]
        tails += any(bool(parts.select(axis, -1).all()) for axis in axes)
    assert tails == 30


def test_heavy_uniform_numbers_stay_in_their_range() -> None:
    drawn = Rng(3, heavy=True).uniform(1600, low=-2.0, high=6.0)
    assert float(drawn.min()) >= -2.0 and float(drawn.max()) <= 6.0
    assert float(drawn[-1]) >= 5.5


def test_small_tensors_and_whole_numbers_have_no_heavy_parts() -> None:
    for draw in ("normal", "uniform"):
        assert torch.equal(getattr(Rng(3, heavy=True), draw)(15), getattr(Rng(3), draw)(15))
    assert torch.equal(Rng(3, heavy=True).integers(99, low=0, high=9), Rng(3).integers(99, low=0, high=9))


def test_another_seed_moves_the_heavy_parts() -> None:
    rng = Rng(3, heavy=True)
    rng.reseed(4)
    first = rng.normal(4000).abs() > 5
    rng.reseed(5)
    assert not torch.equal(first, rng.normal(4000).abs() > 5)
