"""The replay clock's arithmetic, on programs that are simulated: honest ones, and those that deceive.

A call of a program takes a time that depends on its place in the chain. It cannot depend on the chain's
length, which nothing in a pass tells.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import pytest

from judge.judging.estimate import (
    ALLOCATIONS,
    BLOCKS,
    COLD_US,
    WIDEST,
    Block,
    Pass,
    doubt,
    estimate,
    steady,
)

CALLS = 200  # of a long pass
Taken = list[list[Block]]
Claim = Callable[[int, float], float]  # what a player says of a pass of so many calls that took so long


@dataclass(frozen=True)
class World:
    """A GPU and a program on it. `cost` is the time of the call at a place, from 0, in microseconds."""

    cost: Callable[[int], float]
    kernels: int = 1
    noise: float = 0.001  # of a pass
    places: float = 0.002  # how an allocation differs from another
    claim: Claim = lambda n, us: us

    def sampled(self, seed: int = 0, calls: int = CALLS) -> Taken:
        chance = Random(seed)
        return [
            [self._block(chance, calls, place) for _ in range(BLOCKS // ALLOCATIONS)]
            for place in [chance.gauss(1, self.places) for _ in range(ALLOCATIONS)]
        ]

    def _block(self, chance: Random, calls: int, place: float) -> Block:
        few, many = calls // 4 - chance.randint(0, calls // 16), calls - chance.randint(0, calls // 8)
        passes = [self._pass(chance, n, place) for n in (0, 1, few, many)]
        return Block(*passes, mhz=(1980, 1980))

    def _pass(self, chance: Random, calls: int, place: float) -> Pass:
        us = 1.5 + sum(map(self.cost, range(calls))) * place * chance.gauss(1, self.noise)
        us += self.kernels * chance.uniform(0, COLD_US) if calls else 0
        us += chance.gauss(0, 0.2) + (chance.uniform(5, 50) if chance.random() < 0.03 else 0)
        wall = (
            us + 60 + chance.expovariate(1 / 10) + (chance.uniform(50, 500) if chance.random() < 0.1 else 0)
        )
        return Pass(calls, self.claim(calls, us), wall)


def block_of(few: Pass, many: Pass, mhz: tuple[int, int] = (0, 0)) -> Block:
    return Block(Pass(0, 1.0, 1.0), Pass(1, 2.0, 2.0), few, many, mhz)


def doubted(taken: Taken, kernels: int, seed: int) -> str:
    """The doubt beside a program of ours, which is honest."""
    return doubt(taken, kernels, World(same(20.0)).sampled(seed + 1000))


def same(us: float) -> Callable[[int], float]:
    return lambda place: us


# -- honest programs ----------------------------------------------------------------------------------

HONEST = {
    "calls of some microseconds": World(same(8.0)),
    "usual calls": World(same(12.0)),
    "long calls": World(same(400.0)),
    "calls of many kernels": World(same(60.0), kernels=10),
    "a noisy GPU": World(same(30.0), noise=0.005),
    "places that matter": World(same(30.0), places=0.005),
    "a first call that is cold": World(lambda place: 30.0 + 1.0 * (place == 0)),
    "every second call is slower": World(lambda place: 30.0 + 2.0 * (place % 2)),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_program_is_believed(name: str) -> None:
    world = HONEST[name]
    true = statistics.mean(map(world.cost, range(40, 200)))
    for seed in range(20):
        taken = world.sampled(seed)
        median, low, high = estimate(taken)
        assert low <= median <= high
        assert median == pytest.approx(true, rel=0.02)
        assert doubted(taken, world.kernels, seed) == ""


def test_the_interval_covers_the_true_time() -> None:
    # 95 of 100 by its name; with three places in memory, whose noise the bootstrap sees only thrice, fewer.
    covered = 0
    for seed in range(100):
        _, low, high = estimate(World(same(20.0), places=0.001).sampled(seed))
        covered += low <= 20.0 <= high
    assert 80 <= covered <= 99


def test_an_interval_follows_from_the_samples_alone() -> None:
    taken = World(same(20.0)).sampled(3)
    assert estimate(taken) == estimate(taken)


def test_more_noise_means_a_wider_interval() -> None:
    widths = []
    for noise in (0.0, 0.002, 0.01):
        _, low, high = estimate(World(same(20.0), noise=noise, places=0.0).sampled(5))
        widths.append(high - low)
    assert widths == sorted(widths)


def test_the_slope_of_a_block_by_hand() -> None:
    # 8 calls in 122 us and 2 calls in 62 us: 6 calls more take 60 us more.
    assert block_of(Pass(2, 62.0, 0), Pass(8, 122.0, 0)).slope == 10.0


def test_of_a_program_of_ours_only_the_interval_is_looked_at() -> None:
    taken = World(in_groups(2)).sampled(1)
    assert doubt(taken, 1) != ""
    assert doubt(taken, 1, trusted=True) == ""
    assert "wide" in doubt(World(same(20.0), noise=0.1).sampled(1), 1, trusted=True)


# -- programs that deceive ----------------------------------------------------------------------------

US = 20.0  # what an honest call would take
COPIED = 2.0  # what a call takes whose result is there already


def all_at(first: int) -> Callable[[int], float]:
    """All results are made in one call, the others copy them."""
    return lambda place: US * CALLS if place == first else US if place < first else COPIED


def in_groups(size: int) -> Callable[[int], float]:
    """The first call of each group makes the results of all of it."""
    return lambda place: size * US if place % size == 0 else 0.0


def postponed(size: int) -> Callable[[int], float]:
    """The first call works, since it may be the only one. Then the last of each group works for all of it."""
    return lambda place: US if place == 0 else 0.4 * size * US if place % size == 0 else 1.0


def early(calls: int, extra: float) -> Callable[[int], float]:
    """The first call is as quick as late ones are. Those after it work for late ones too."""
    return lambda place: (1 + extra) * US if 0 < place < calls else (1 - extra) * US


DECEIVERS: dict[str, tuple[World, tuple[str, ...]]] = {
    # The reasons may differ from seed to seed: what makes one part dear makes the slopes uneven as well.
    "all in the first call": (World(all_at(0)), ("the first call of a pass takes", "the interval is")),
    "all in the second call": (World(all_at(1)), ("the first call of a pass takes", "the interval is")),
    "the first of eight works for all": (World(in_groups(8)), ("the first call", "the interval is")),
    "the first of two works for both": (World(in_groups(2)), ("the first call of a pass takes",)),
    "calls of eight are postponed": (World(postponed(8)), ("the first call", "the interval is")),
    "short passes work in advance": (World(early(30, 0.2)), ("in short passes",)),
    "twice the work at first, then none": (World(early(37, 0.9)), ("in short passes", "the interval is")),
    "claims are a tenth lower": (
        World(same(US), claim=lambda n, us: 0.9 * us),
        ("by the judge's own clock",),
    ),
    "claims are a fiftieth lower": (
        World(same(US), claim=lambda n, us: 0.98 * us),
        ("by the judge's own clock",),
    ),
    "only long passes are claimed lower": (
        World(same(US), claim=lambda n, us: us - 0.1 * US * (n - 50) if n > 50 else us),
        ("the first call of a pass takes", "in short passes", "by the judge's own clock"),
    ),
    "every pass takes as long": (
        World(same(0.0), noise=0.0),
        ("the time of a call is not above 0", "the interval"),
    ),
    "long passes are claimed shorter": (
        World(same(US), claim=lambda n, us: 5000 - us),
        ("the time of a call is not above 0",),
    ),
    "a GPU without rest": (World(same(US), noise=0.1), ("the interval is",)),
}


@pytest.mark.parametrize("name", DECEIVERS)
def test_a_deceiver_is_doubted(name: str) -> None:
    world, reasons = DECEIVERS[name]
    for seed in range(20):
        found = doubted(world.sampled(seed), world.kernels, seed)
        assert any(reason in found for reason in reasons), (seed, found)


def test_claims_that_do_not_grow_with_the_calls_are_doubted() -> None:
    # Each block of its own says 10 us; together long passes take as long as short ones, since one takes none.
    def block(n: int) -> Block:
        few, many, zero, one = (Pass(calls, 100.0 * n + 10 * calls, 0.0) for calls in (10, 20, 0, 1))
        return Block(zero, one, few, many if n < BLOCKS - 1 else Pass(20, 0.0, 0.0))

    assert "no longer than short ones" in doubt([[block(n) for n in range(BLOCKS)]], 1)


def test_kernels_are_cold_at_first_but_not_without_bound() -> None:
    # Two kernels may make the first call slower by twice as much.
    cold = World(lambda place: 30.0 + 12.0 * (place == 0), noise=0.0, places=0.0, kernels=0)
    taken = cold.sampled(1)
    assert doubt(taken, 2) == ""
    assert "the first call of a pass takes 4" in doubt(taken, 1)


def test_an_interval_may_be_as_wide_as_it_says() -> None:
    for seed in range(30):
        taken = World(same(US), noise=0.0075, places=0.003).sampled(seed)
        median, low, high = estimate(taken)
        wide = high - low > WIDEST * median
        assert wide == doubt(taken, 1).startswith("the interval is")


# -- a clock that moves -------------------------------------------------------------------------------


def moved(taken: Taken, which: Callable[[int], bool], to: int = 1900) -> Taken:
    """The blocks in which the clock falls, counted through all allocations, are slower by a tenth."""
    numbers = iter(range(BLOCKS))
    slower = Pass(CALLS, 10_000.0, 10_060.0)
    return [
        [replace(b, many=slower, mhz=(1980, to)) if which(next(numbers)) else b for b in blocks]
        for blocks in taken
    ]


def test_blocks_in_which_the_clock_moved_are_dropped() -> None:
    taken = World(same(US)).sampled(2)
    found = steady(moved(taken, lambda n: n % 3 == 0))
    assert [block for blocks in found for block in blocks] == [
        block for n, block in enumerate(b for blocks in taken for b in blocks) if n % 3
    ]
    assert estimate(found)[0] == pytest.approx(US, rel=0.01)


def test_where_the_clock_moves_in_most_blocks_all_of_them_count() -> None:
    taken = moved(World(same(US)).sampled(2), lambda n: n % 3 > 0)
    assert steady(taken) == taken


def test_where_it_moves_in_all_blocks_of_an_allocation_all_of_them_count() -> None:
    taken = moved(World(same(US)).sampled(2), lambda n: n < BLOCKS // ALLOCATIONS)
    assert steady(taken) == taken


@pytest.mark.parametrize(
    "to, is_steady", [(1980, True), (1965, True), (1995, True), (1950, False), (2010, False)]
)
def test_a_clock_that_moves_by_a_step_is_steady(to: int, is_steady: bool) -> None:
    assert block_of(Pass(1, 1, 1), Pass(2, 2, 2), (1980, to)).is_steady == is_steady


def test_an_unknown_clock_is_steady() -> None:
    assert block_of(Pass(1, 1, 1), Pass(2, 2, 2)).is_steady
