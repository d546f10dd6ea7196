"""Times recordings side by side with the replay clock: blocks of passes, in turn, at several places in
memory.
"""

import secrets
import time
from collections.abc import Sequence

from judge.challenges.protocol import Sizes
from judge.engine.device import Clocks, Device
from judge.judging.estimate import ALLOCATIONS, BLOCKS, PRECISE, Block, Pass, doubt, estimate, steady
from judge.judging.pass_length import made_short
from judge.judging.replay_clock import ReplaySide
from judge.judging.timing import Tick, Timed, blaming, steady_process, time_together
from judge.verdict.verdict import Conditions, Timing

_random = secrets.SystemRandom()
FULL_BUDGET = 0.8  # seconds of sampling for which all blocks are taken
ROUND, FEWEST_BLOCKS = 3, 2  # blocks of an allocation, and of one with long calls
_LONG = 8.0  # seconds; with longer blocks there are fewer

Taken = list[list[Block]]  # the blocks of each allocation


def time_replays(
    sides: Sequence[ReplaySide],
    sizes: Sizes,
    device: Device,
    budget: float,
    tick: Tick = lambda n: None,
    needed: ReplaySide | None = None,
) -> list[Timed]:
    """Time recordings in turn. Raises the failure of the side that is `needed`, and NotReplayable for it.

    `budget` is the time of sampling that the user allows; with the default all blocks are taken if need be.
    """
    found = time_together(
        sides, sizes, lambda ready: _measure(ready, device, budget, tick), needed, lambda what, n: tick(n)
    )
    for side, timed in zip(sides, found, strict=True):
        timed.own_bytes = side.own_bytes
    return found


def _measure(sides: list[ReplaySide], device: Device, budget: float, tick: Tick) -> list[Timing]:
    for side in sides:
        side.sides = len(sides)
        with blaming(side):
            side.estimate_roughly()
    # A program of ours chooses the number of calls, because a submission may be slow on purpose. One that is
    # faster than ours needs more calls for a pass of the same length.
    ours = min((side.rough_us for side in sides if not side.check), default=0.0)
    for side in sides:
        side.choose_calls(min(ours or side.rough_us, side.rough_us))
    with Clocks(device) as clocks, steady_process():
        taken, doubts = _sample(sides, clocks, budget, tick)
        if any(doubts):
            again, still = _sample(sides, clocks, budget, tick)
            if any(still):  # more blocks, unless the first were disturbed and these are not
                again = [one + other for one, other in zip(taken, again, strict=True)]
                still = _doubts(sides, again)
            taken, doubts = again, still
        found = [_timing(blocks, reason, clocks) for blocks, reason in zip(taken, doubts, strict=True)]
    for side, timing in zip(sides, found, strict=True):
        timing.work = side.weigh() if side.check else None
    for side in sides:
        side.kill()
    return found


def _sample(
    sides: list[ReplaySide], clocks: Clocks, budget: float, tick: Tick
) -> tuple[list[Taken], list[str]]:
    """Take rounds of blocks until all times are precise. Returns the blocks of each side, and the reasons to
    doubt its time.
    """
    taken: list[Taken] = [[] for _ in sides]
    most = round(BLOCKS * min(1.0, budget / FULL_BUDGET))
    began = time.monotonic()
    while True:
        _round(sides, taken, clocks, min(ROUND, most // ALLOCATIONS), tick)
        doubts = _doubts(sides, taken)
        enough = not any(doubts) and all(map(_is_precise, sides, taken))
        if enough or sum(map(len, taken[0])) >= most or time.monotonic() - began > _LONG:
            return taken, doubts


def _round(sides: list[ReplaySide], taken: list[Taken], clocks: Clocks, wanted: int, tick: Tick) -> None:
    """Take `wanted` blocks of each side at each of three new places in memory."""
    began = time.monotonic()
    for number in range(ALLOCATIONS):
        for side, blocks in zip(sides, taken, strict=True):
            with blaming(side):
                side.allocate()
            blocks.append([])
        for n in range(max(wanted, FEWEST_BLOCKS)):
            if n >= FEWEST_BLOCKS and time.monotonic() - began > _LONG * (number + 1) / ALLOCATIONS:
                break
            for i in _random.sample(range(len(sides)), len(sides)):
                with blaming(sides[i]):
                    taken[i][-1].append(_block(sides[i], clocks))
            tick(sum(map(len, taken[0])))


def _is_precise(side: ReplaySide, taken: Taken) -> bool:
    """Whether a side needs no more blocks. A program of ours is only compared with."""
    median, low, high = estimate(steady(taken))
    return not side.check or high - low <= PRECISE * median


def _doubts(sides: list[ReplaySide], taken: list[Taken]) -> list[str]:
    """For each side the reason to doubt its time, "" if there is none."""
    ours = next((steady(b) for side, b in zip(sides, taken, strict=True) if not side.check), [])
    return [
        doubt(steady(b), side.kernels, ours, trusted=not side.check) or _made_short(side, b)
        for side, b in zip(sides, taken, strict=True)
    ]


def _made_short(side: ReplaySide, blocks: Taken) -> str:
    median, *_ = estimate(blocks)
    return made_short(side.length, median, side.rough_us) if side.check else ""


def _block(side: ReplaySide, clocks: Clocks) -> Block:
    """One block of a side: passes in random order, their lengths drawn anew. Among them is one in which the
    recording is judged on other values, which is not timed.
    """
    many = side.calls - _random.randint(0, side.calls // 8)
    few = max(2, side.calls // 4 - _random.randint(0, side.calls // 16))
    before = clocks.mhz()
    passes: dict[int, Pass] = {}
    for n in _random.sample([0, 1, few, many, None], 5):
        if n is None:
            side.judge_again()
        else:
            passes[n] = side.run(n)
    return Block(passes[0], passes[1], passes[few], passes[many], (before, clocks.mhz()))


def _timing(taken: Taken, reason: str, clocks: Clocks) -> Timing:
    kept = steady(taken)
    median, low, high = estimate(kept)
    if not median > 0:
        # Never a negative number: nothing was measured.
        median = low = high = 0.0
    conditions = Conditions(clocks.range, clocks.throttled)
    return Timing(
        round(median, 4),
        (round(max(low, 0.0), 4), round(high, 4)),
        sum(map(len, kept)),
        "replay",
        reason,
        conditions,
    )
