"""Times several programs on one case, in turn. Submit and compare both use this loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from judge.challenges.protocol import Sizes
from judge.judging.clock import Side, SideFailure, measure
from judge.verdict.failure import Failure
from judge.verdict.verdict import Timing


@dataclass
class Timed:
    """The result of one side: its time, or why there is none.

    `eager` is its time by eager calls. It is given if only some sides could be captured in a CUDA graph, so
    that times of the same method can be compared. With neither a time nor a failure, memory did not suffice.
    """

    timing: Timing | None = None
    eager: Timing | None = None
    failure: Failure | None = None

    def beside(self, other: "Timed") -> tuple[Timing, Timing] | None:
        """The times of both by the same method; None if one of them has no time."""
        if not self.timing or not other.timing:
            return None
        if self.timing.method == other.timing.method:
            return self.timing, other.timing
        return (self.eager, other.eager) if self.eager and other.eager else None


def time_together(
    sides: Sequence[Side],
    sizes: Sizes,
    budget: float,
    tick: Callable[[str, int], None] = lambda what, n: None,
    needed: Side | None = None,
) -> list[Timed]:
    """Time all sides in turn, for `budget` seconds together. If a side fails, the others go on. Only the
    failure of the side that is `needed` is raised.

    `tick` gets what is being done, and the number of samples.
    """
    found = [Timed() for _ in sides]
    running: dict[int, Side] = {}
    try:
        for n, side in enumerate(sides):
            tick(f"preparing {n + 1} of {len(sides)}", 0)
            try:
                side.prepare(sizes)
                running[n] = side
            except Failure as failure:
                if side is needed:
                    raise
                found[n].failure = failure
                side.release()
            except (torch.OutOfMemoryError, MemoryError):
                side.release()
        while running:
            try:
                _measure(running, found, budget, lambda n: tick("timing", n))
                break
            except SideFailure as failure:
                if failure.side is needed:
                    raise
                loser = next(n for n, side in running.items() if side is failure.side)
                found[loser] = Timed(failure=failure)
                running.pop(loser).release()
    except (torch.OutOfMemoryError, MemoryError):
        for n in running:
            found[n] = Timed()
    finally:
        for side in sides:
            side.release()
        torch.cuda.empty_cache()
    return found


def _measure(
    running: dict[int, Side], found: list[Timed], budget: float, tick: Callable[[int], None]
) -> None:
    captured = {n: side for n, side in running.items() if side.method == "graph"} or running
    for n, timing in zip(captured, measure([*captured.values()], budget, tick=tick), strict=True):
        found[n].timing = timing
    if len(captured) < len(running):
        timings = measure([*running.values()], budget, method="eager", tick=tick)
        for n, timing in zip(running, timings, strict=True):
            found[n].eager = timing
            if n not in captured:
                found[n].timing = timing
