"""The arithmetic of the replay clock: what a block of passes says, what many blocks say, and whether to
believe it.

A pass is a chain of n calls between two events. T(n) is its time on the GPU. A block has passes of 0, 1, few
and many calls, where few and many are drawn anew for each block, and gives

    slope = (T(many) - T(few)) / (many - few)

The time of a call is the median of the slopes. Its interval is a bootstrap over the allocations of memory and
over the blocks in each. Source: Efron, Tibshirani, "An Introduction to the Bootstrap" (1993), chapters 13,
16.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from judge.verdict.verdict import WIDEST

BLOCKS, ALLOCATIONS = 24, 3  # with so many no further round begins; the places in memory of a round
RESAMPLES = 2000
PRECISE = 0.01  # and where sampling ends before all blocks are taken
CLOCK_MOVED = 0.01  # of the multiprocessors' clock: the block is dropped
FIRST_CALL = 0.97  # a call in a chain takes at least this share of the first one
COLD_US = 8.0  # the first launch of a kernel is slower by so much: its code and its pages are not in caches
SLOPES_AGREE, WHOLE, WALL_AGREES = 0.03, 0.02, 0.01
WALL_US = 25.0  # what the judge's own clock can tell apart, beside a program of our own
GROWTH_US = 100.0  # and without one: a long wait ends later than a short one


@dataclass(frozen=True)
class Pass:
    """A pass of `calls` calls: the time that the player claims, and that by the judge's own clock until it
    held the outputs. Both in microseconds.
    """

    calls: int
    us: float
    wall_us: float


@dataclass(frozen=True)
class Block:
    """The passes of a block. `mhz` has the clock of the multiprocessors before and after, 0 if it is not
    known.
    """

    zero: Pass
    one: Pass
    few: Pass
    many: Pass
    mhz: tuple[int, int] = (0, 0)

    @property
    def slope(self) -> float:
        """The microseconds of one call."""
        return (self.many.us - self.few.us) / (self.many.calls - self.few.calls)

    @property
    def is_steady(self) -> bool:
        """Whether the clock of the multiprocessors stayed as it was."""
        return abs(self.mhz[1] - self.mhz[0]) < CLOCK_MOVED * max(self.mhz[0], 1)


def steady(allocations: Sequence[Sequence[Block]]) -> list[list[Block]]:
    """The blocks in which the clock stayed. If it moved in most of them, that is how the program runs here,
    and all blocks count.
    """
    kept = [[block for block in blocks if block.is_steady] for blocks in allocations]
    if sum(map(len, kept)) * 2 >= sum(map(len, allocations)) and all(kept):
        return kept
    return [list(blocks) for blocks in allocations]


def estimate(allocations: Sequence[Sequence[Block]]) -> tuple[float, float, float]:
    """The median of the slopes, and the ends of its 95 % interval, in microseconds."""
    slopes = [np.array([block.slope for block in blocks]) for blocks in allocations]
    median = float(np.median(np.concatenate(slopes)))
    rng = np.random.default_rng(0)  # the interval follows from the samples alone
    resamples = []
    for _ in slopes:
        chosen = rng.integers(len(slopes), size=RESAMPLES)
        drawn = np.empty((RESAMPLES, max(map(len, slopes))))
        drawn.fill(np.nan)
        for i, each in enumerate(slopes):
            rows = np.nonzero(chosen == i)[0]
            drawn[rows, : len(each)] = each[rng.integers(len(each), size=(len(rows), len(each)))]
        resamples.append(drawn)
    medians = np.nanmedian(np.concatenate(resamples, axis=1), axis=1)
    low, high = np.percentile(medians, [2.5, 97.5])
    return median, float(low), float(high)


def doubt(
    allocations: Sequence[Sequence[Block]],
    kernels: int,
    ours: Sequence[Sequence[Block]] = (),
    trusted: bool = False,
) -> str:
    """The reason not to believe a program's times, "" if there is none. `kernels` are those of one call;
    `ours` are the blocks of a program of our own, which were taken in turn with these. A `trusted` program
    is one of our own: only the width of its interval is looked at.
    """
    blocks = [block for each in allocations for block in each]
    own = [block for each in ours for block in each]
    median, low, high = estimate(allocations)
    if not median > 0:
        return "the time of a call is not above 0"
    if high - low > WIDEST * median:
        return f"the interval is {100 * (high - low) / median:.1f} % wide"
    if trusted:
        return ""
    first = statistics.median(b.one.us - b.zero.us for b in blocks)
    cold = COLD_US * max(kernels, 1)
    if own:
        cold = max(cold, statistics.median(b.one.us - b.zero.us - b.slope for b in own))
    if median < FIRST_CALL * first - cold:
        return f"the first call of a pass takes {first:.3g} µs, a later one {median:.3g} µs"
    early = statistics.median((b.few.us - b.one.us) / (b.few.calls - 1) for b in blocks)
    if abs(early - median) > SLOPES_AGREE * median + cold / min(b.few.calls for b in blocks):
        return f"a call takes {early:.3g} µs in short passes, and {median:.3g} µs in long ones"
    whole = statistics.median((b.many.us - b.zero.us) / b.many.calls for b in blocks)
    if whole > (1 + WHOLE) * median + cold / max(b.many.calls for b in blocks):
        return f"a whole pass takes {whole:.3g} µs a call, and its end {median:.3g} µs"
    return _wall(blocks, own)


def _wall(blocks: list[Block], own: list[Block]) -> str:
    """Whether the judge's own clock agrees. What it has over the claims may grow with a pass only as it does
    for a program of our own, whose claims are true.
    """
    claimed = statistics.median(b.many.us for b in blocks) - statistics.median(b.few.us for b in blocks)
    if not claimed > 0:
        return "long passes are said to take no longer than short ones"
    missing = _growth(blocks) - (_growth(own) if own else 0.0)
    if missing > max(WALL_AGREES * claimed, WALL_US if own else GROWTH_US):
        return f"by the judge's own clock it takes {100 * missing / claimed:.1f} % longer"
    return ""


def _growth(blocks: list[Block]) -> float:
    """By how much the judge's own clock is further from the claims in long passes than in short ones, in
    microseconds.
    """

    def over(passes: list[Pass]) -> float:
        return float(np.percentile([p.wall_us - p.us for p in passes], 25))

    return over([b.many for b in blocks]) - over([b.few for b in blocks])
