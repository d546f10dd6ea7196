"""Times a submission and its baselines on every benchmark case, and computes the case's roofline."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from judge.challenges.protocol import Case, sizes_of
from judge.engine.answers import NotReplayable
from judge.engine.device import others_computing
from judge.engine.process import end
from judge.engine.runner import Runner
from judge.judging.baselines import baseline_errors, load_baseline
from judge.judging.calls import SizedCase
from judge.judging.programs import Program, by_process, by_replay, merged, recorded_of_ours
from judge.judging.recorded import record_twice
from judge.judging.replay_clock import ReplaySide
from judge.judging.roofline import Limit, limit_of
from judge.judging.session import Session
from judge.judging.timing import Timed
from judge.judging.tolerance import Errors
from judge.text import one_line
from judge.verdict.means import geometric_mean
from judge.verdict.verdict import BenchmarkResult, Method, Timing

Tick = Callable[[str, int], None]
# Memory of a submission's own that could leave no room for a baseline: of all memory, and bytes at least.
MATERIAL, LEAST_MATERIAL = 0.05, 1 << 30


@dataclass
class Benchmarks:
    """The results, the clock that took the times, and what a user should know: why the process clock was
    used, and for each case that is missing the reason.
    """

    results: list[BenchmarkResult] = field(default_factory=list)
    method: Method = "replay"
    missing: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def benchmark(
    runners: Sequence[Runner],
    session: Session,
    cases: list[Case],
    errors: Errors,
    budget: float,
    tick: Tick,
) -> Benchmarks:
    """Time the submission beside the session's baselines, for `budget` seconds on each case. Without the
    baseline "torch" there is no speedup and no roofline. Raises Failure.

    The submission is recorded in the first and in the last of its runners. If all cases can be replayed, the
    runners end before any of them is timed.
    """
    challenge, baselines = session.challenge, session.baselines
    sized = [SizedCase(case, sizes_of(challenge, case, session.torch_device)) for case in cases]
    limits: list[Limit | None] = [None] * len(sized)
    # A time through host memory says nothing about the GPU's limits.
    if session.sharing == "ipc" and "torch" in baselines:
        tick("peaks of this GPU", 0)
        with baseline_errors("the device's peaks"):
            limits = [limit_of(each.sizes, session, baselines["torch"]) for each in sized]
    for name, runner in baselines.items():
        with baseline_errors(f"{challenge.path}: baseline {name}"):
            load_baseline(runner, challenge, name, session.seconds)
    found = Benchmarks()
    tick("recording", 0)
    mine = _recorded(runners, session, sized, errors, found)
    theirs = {
        name: [recorded_of_ours(other, session, each, errors) for each in sized]
        for name, other in baselines.items()
    }
    if not mine:
        for unused in [side for sides in theirs.values() for side in sides if side]:
            unused.release()
    programs = [Program(runners[0], True, errors), *map(Program, baselines.values())]
    by_clock = [
        by_process(programs, session, each, budget, partial(tick, each.case.name), needed=0)
        if not mine or any(sides[n] is None for sides in theirs.values())
        else None
        for n, each in enumerate(sized)
    ]
    if mine:
        end(runners)  # nothing of the submission lives when timing begins
    for n, (each, limit) in enumerate(zip(sized, limits, strict=True)):
        timed = by_clock[n]
        if mine:
            sides = [mine[n], *(each_of[n] for each_of in theirs.values())]
            replayed = by_replay(sides, session, each, budget, partial(tick, each.case.name), needed=0)
            if baselines and not replayed[0].timing:  # alone, without a ratio, it may have the room
                tick(each.case.name, 0)
                alone = [mine[n], *([None] * len(baselines))]
                replayed = by_replay(alone, session, each, budget, lambda n: None, 0)
            _doubt_alone(replayed, sides, torch.cuda.mem_get_info(session.torch_device)[1])
            timed = merged(replayed, timed)
            # All times of a verdict are of one clock: what has no room to be replayed has no time.
            timed[0] = Timed(replayed[0].timing, timed[0].process, timed[0].failure)
        assert timed
        for name, other in zip(baselines, timed[1:], strict=True):
            if other.failure:
                with baseline_errors(f"{challenge.path}: baseline {name}"):
                    raise other.failure
        _add(found, each, timed[0], dict(zip(baselines, timed[1:], strict=True)), limit)
    return found


def _recorded(
    runners: Sequence[Runner],
    session: Session,
    sized: list[SizedCase],
    errors: Errors,
    found: Benchmarks,
) -> list[ReplaySide]:
    """The submission's recordings of all cases, [] if it keeps the process clock."""
    sides: list[ReplaySide] = []
    try:
        if session.sharing != "ipc":
            raise NotReplayable("this GPU cannot share its memory between processes")
        for each in sized:
            sides.append(record_twice(runners[0], runners[-1], session, each, errors))
        return sides
    except (NotReplayable, torch.OutOfMemoryError, MemoryError) as error:
        for side in sides:
            side.release()
        torch.cuda.empty_cache()
        memory = not isinstance(error, NotReplayable)
        reason = "the GPU's memory does not suffice to record a call" if memory else one_line(str(error))
        found.method = "process"
        found.warnings.append(f"timed by the process clock, and ranked apart: {reason}")
        return []


def _doubt_alone(timed: list[Timed], sides: Sequence[ReplaySide | None], memory: int) -> None:
    """A time that was taken without a baseline, which is checked less, is noisy if it is the submission that
    left no room for the baseline. `memory` is all that the GPU has.
    """
    mine, *others = timed
    without = [
        side.recording.own_bytes
        for side, other in zip(sides[1:], others, strict=True)
        if side and not other.timing and not other.failure
    ]
    if mine.timing and without and mine.own_bytes > max(MATERIAL * memory, LEAST_MATERIAL, *without):
        told = "its own memory leaves no room for a baseline beside it"
        mine.timing.noisy = mine.timing.noisy or told


def _add(
    found: Benchmarks, sized: SizedCase, mine: Timed, others: dict[str, Timed], limit: Limit | None
) -> None:
    """Add the result of a case, or the reason why it is missing."""
    name = sized.case.name
    if not mine.timing:
        found.missing.append(f"{name} does not fit into the GPU's memory")
        return
    beside = {baseline: other for baseline, other in others.items() if mine.beside(other)}
    for baseline in others:
        if baseline not in beside:
            found.warnings.append(f"{name}: no ratio to {baseline}, which could not be timed beside it")
    if mine.timing.median_us <= 0:
        found.missing.append(f"{name} could not be timed: the GPU or the CPU was too busy")
        return
    for baseline in [b for b, other in beside.items() if min(t.median_us for t in _both(mine, other)) <= 0]:
        found.warnings.append(f"{name}: no ratio to {baseline}: the GPU or the CPU was too busy")
        del beside[baseline]
    found.results.append(_result(sized, mine, beside, limit))


def _result(sized: SizedCase, mine: Timed, others: dict[str, Timed], limit: Limit | None) -> BenchmarkResult:
    timing = mine.timing
    assert timing
    compared = {name: _compared(mine, other) for name, other in others.items()}
    noisy = timing.noisy
    if limit and timing.median_us < limit.floor_us:
        noisy = (
            noisy or f"it is faster than this GPU can be ({limit.us / timing.median_us:.0%} of the roofline)"
        )
    return BenchmarkResult(
        name=sized.case.name,
        median_us=timing.median_us,
        ci95_us=timing.ci95_us,
        samples=timing.samples,
        method=timing.method,
        baselines=compared,
        speedup=_speedup(compared.get("torch"), timing),
        bytes=sized.sizes.moved_bytes,
        flops=sized.sizes.flops,
        roofline_us=round(limit.us, 4) if limit else None,
        roofline=round(limit.us / timing.median_us, 4) if limit else None,
        noisy=noisy,
        conditions=timing.conditions,
        work=timing.work,
    )


def _compared(mine: Timed, other: Timed) -> dict[str, Any]:
    """A baseline's time, by the method by which both could be timed. If this is not the method of the
    submission's own time, the submission's time by this method is added.
    """
    own, theirs = _both(mine, other)
    found = {"median_us": theirs.median_us, "ci95_us": theirs.ci95_us, "method": theirs.method}
    found["noisy"] = theirs.noisy or (own.noisy if own is not mine.timing else "")
    return found if own is mine.timing else found | {"against_us": own.median_us}


def _both(mine: Timed, other: Timed) -> tuple[Timing, Timing]:
    both = mine.beside(other)
    assert both
    return both


def _speedup(baseline: dict[str, Any] | None, timing: Timing) -> float | None:
    if baseline is None or baseline["noisy"]:
        return None
    ratio: float = baseline["median_us"] / baseline.get("against_us", timing.median_us)
    return round(ratio, 4)


def score(results: list[BenchmarkResult]) -> float | None:
    """The geometric mean of the medians, in microseconds. Each case has the same weight, however long it
    takes. None if there are no results.
    """
    mean = geometric_mean([result.median_us for result in results])
    return None if mean is None else round(mean, 4)


class OtherPrograms:
    """Watches whether another program, not one of the session's, computes on the GPU from now on."""

    def __init__(self, session: Session) -> None:
        self._session, self._since_us = session, int(time.time() * 1e6)

    def seen(self) -> bool:
        return others_computing(self._session.device, self._session.processes, self._since_us)
