"""Times several programs on one case, in turn, by either clock. Submit and compare both use this loop."""

import contextlib
import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch

from judge.challenges.protocol import Sizes
from judge.engine.answers import NotReplayable
from judge.verdict.failure import Failure
from judge.verdict.verdict import Timing

Tick = Callable[[int], None]


class Side(Protocol):
    """One program that is timed."""

    def prepare(self, sizes: Sizes) -> None:
        """Make it ready. Raises Failure, NotReplayable or MemoryError."""
        ...

    def release(self) -> None:
        """Give all memory back. It may be called again."""
        ...


S = TypeVar("S", bound=Side)


class SideFailure(Failure):
    """A failure while several sides were sampled, and the side that failed."""

    def __init__(self, failure: Failure, side: Side) -> None:
        super().__init__(failure.status, *failure.problems)
        self.side = side


class NoRoom(MemoryError):
    """There is not enough memory for a side."""

    def __init__(self, side: Side) -> None:
        super().__init__("there is not enough memory")
        self.side = side


@contextlib.contextmanager
def blaming(side: Side) -> Iterator[None]:
    """Turn a failure, or a lack of memory, into one that says whose it is."""
    try:
        yield
    except Failure as failure:
        raise SideFailure(failure, side) from None
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise NoRoom(side) from error


@dataclass
class Timed:
    """The result of one side: its time, or why there is none.

    `process` is its time by the process clock. It is given if only some sides could be replayed, so that
    times of the same method can be compared. With neither a time nor a failure, memory did not suffice.
    `own_bytes` are those of the GPU's memory that it took for itself.
    """

    timing: Timing | None = None
    process: Timing | None = None
    failure: Failure | None = None
    own_bytes: int = 0

    def beside(self, other: "Timed") -> tuple[Timing, Timing] | None:
        """The times of both by the same method; None if one of them has no such time."""
        if not self.timing or not other.timing:
            return None
        if self.timing.method == other.timing.method:
            return self.timing, other.timing
        return (self.process, other.process) if self.process and other.process else None


def time_together(
    sides: Sequence[S],
    sizes: Sizes,
    measure: Callable[[list[S]], list[Timing]],
    needed: S | None = None,
    tick: Callable[[str, int], None] = lambda what, n: None,
) -> list[Timed]:
    """Time all sides together with `measure`. If a side fails, the others go on. Only the failure of the side
    that is `needed` is raised.

    `tick` gets what is being done, and a number of samples.
    """
    found = [Timed() for _ in sides]
    running: dict[int, S] = {}
    try:
        for n, side in enumerate(sides):
            tick(f"preparing {n + 1} of {len(sides)}", 0)
            try:
                side.prepare(sizes)
                running[n] = side
            except (Failure, NotReplayable) as error:
                if side is needed:
                    raise
                found[n] = _without_time(error)
                side.release()
            except (torch.OutOfMemoryError, MemoryError):
                side.release()
                torch.cuda.empty_cache()
        while running:
            try:
                for n, timing in zip(running, measure([*running.values()]), strict=True):
                    found[n].timing = timing
                break
            except SideFailure as failure:
                if failure.side is needed:
                    raise
                loser = next(n for n, side in running.items() if side is failure.side)
                found[loser] = _without_time(failure)
                running.pop(loser).release()
            except NoRoom as error:
                loser = next(n for n, side in running.items() if side is error.side)
                running.pop(loser).release()
                torch.cuda.empty_cache()
    except (torch.OutOfMemoryError, MemoryError):
        for n in running:
            found[n] = Timed()
    finally:
        for side in sides:
            side.release()
        torch.cuda.empty_cache()
    return found


def _without_time(error: Failure | NotReplayable) -> Timed:
    """The result of a side that fails. One that needs more memory than there is beside the others has not
    failed.
    """
    error.__traceback__ = error.__context__ = None  # whose frames hold much of the GPU's memory
    if isinstance(error, NotReplayable):
        return Timed(failure=Failure("runtime_error", str(error)))
    return Timed(failure=None if error.out_of_memory else error)


@contextlib.contextmanager
def steady_process() -> Iterator[None]:
    """Turn off garbage collection while times are taken."""
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
