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

BLOCKS, ALLOCATIONS = 24, 3
RESAMPLES = 2000
WIDEST = 0.02  # the interval, as a fraction of the median
CLOCK_MOVED = 0.01  # of the multiprocessors' clock: the block is dropped
FIRST_CALL = 0.97  # a call in a chain takes at least this share of the first one
COLD_US = 4.0  # the first launch of a kernel is slower by so much, at most: its code is not in the caches yet
SLOPES_AGREE, WALL_AGREES = 0.03, 0.01


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
    """The passes of a block, in microseconds. `zero` and `one` are None for a program of our own. `mhz` has
    the clock of the multiprocessors before and after, 0 if it is not known.
    """

    few: Pass
    many: Pass
    zero: Pass | None = None
    one: Pass | None = None
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
    medians = np.empty(RESAMPLES)
    for i in range(RESAMPLES):
        drawn = [slopes[j] for j in rng.integers(len(slopes), size=len(slopes))]
        medians[i] = np.median(
            np.concatenate([each[rng.integers(len(each), size=len(each))] for each in drawn])
        )
    low, high = np.percentile(medians, [2.5, 97.5])
    return median, float(low), float(high)


def doubt(allocations: Sequence[Sequence[Block]], kernels: int) -> str:
    """The reason not to believe a submission's times, "" if there is none. `kernels` are those of one call."""
    blocks = [block for each in allocations for block in each]
    median, low, high = estimate(allocations)
    if not median > 0:
        return "the time of a call is not above 0"
    if high - low > WIDEST * median:
        return f"the interval is {100 * (high - low) / median:.1f} % wide"
    cold = COLD_US * max(kernels, 1)
    firsts = [b.one.us - b.zero.us for b in blocks if b.one and b.zero]
    if not firsts:
        return ""
    first = statistics.median(firsts)
    if median < FIRST_CALL * first - cold:
        return f"the first call of a pass takes {first:.3g} µs, a later one {median:.3g} µs"
    early = statistics.median((b.few.us - b.one.us) / (b.few.calls - 1) for b in blocks if b.one)
    if abs(early - median) > SLOPES_AGREE * median + cold / min(b.few.calls for b in blocks):
        return f"a call takes {early:.3g} µs in short passes, and {median:.3g} µs in long ones"
    return _wall(blocks)


def _wall(blocks: list[Block]) -> str:
    """Whether the judge's own clock agrees. What it has over the claims must not grow with the calls."""

    def over(passes: list[Pass]) -> float:
        return float(np.percentile([p.wall_us - p.us for p in passes], 25))

    few, many = [b.few for b in blocks], [b.many for b in blocks]
    claimed = statistics.median(p.us for p in many) - statistics.median(p.us for p in few)
    if not claimed > 0:
        return "long passes are said to take no longer than short ones"
    missing = over(many) - over(few)
    if abs(missing) > WALL_AGREES * claimed:
        return f"the judge's own clock differs by {100 * missing / claimed:+.1f} %"
    return ""
