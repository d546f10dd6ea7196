"""Times a submission and its baselines on every benchmark case, and computes the case's roofline."""

import os
import time
from collections.abc import Callable
from typing import Any

from judge.challenges.protocol import Case, Sizes, sizes_of
from judge.engine.device import Device, others_computing
from judge.engine.runner import Runner
from judge.judging.baselines import baseline_errors, load_baseline
from judge.judging.clock import Side
from judge.judging.roofline import roofline_us
from judge.judging.session import Session
from judge.judging.timing import Timed, time_together
from judge.judging.tolerance import OwnError
from judge.verdict.means import geometric_mean
from judge.verdict.verdict import BenchmarkResult, Timing


def benchmark(
    runner: Runner,
    session: Session,
    cases: list[Case],
    errors: dict[str, OwnError],
    budget: float,
    tick: Callable[[str, int], None],
) -> tuple[list[BenchmarkResult], list[str]]:
    """Time the submission beside the session's baselines, for `budget` seconds on each case. Without the
    baseline "torch" there is no speedup and no roofline.

    Returns the results, and for each case that is missing the reason. Raises Failure.
    """
    challenge, baselines = session.challenge, session.baselines
    sized = [(case, sizes_of(challenge, case, session.torch_device)) for case in cases]
    rooflines: list[float | None] = [None] * len(sized)
    # A time through host memory says nothing about the GPU's limits.
    if session.sharing == "ipc" and "torch" in baselines:
        tick("peaks of this GPU", 0)
        with baseline_errors("the device's peaks"):
            rooflines = [roofline_us(sizes, session, baselines["torch"]) for _, sizes in sized]
    for name, other in baselines.items():
        with baseline_errors(f"{challenge.path}: baseline {name}"):
            load_baseline(other, challenge, name, session.seconds)
    results, missing = [], []
    for (case, sizes), roofline in zip(sized, rooflines, strict=True):
        sides = [Side(runner, session, challenge, case, check=True, errors=errors)]
        sides += [Side(other, session, challenge, case, check=False) for other in baselines.values()]
        mine, *others = time_together(
            sides,
            sizes,
            budget,
            lambda what, n, c=case: tick(c.name, n),  # type: ignore[misc]
            needed=sides[0],
        )
        for name, each in zip(baselines, others, strict=True):
            if each.failure:
                with baseline_errors(f"{challenge.path}: baseline {name}"):
                    raise each.failure
        if not all(each.timing for each in (mine, *others)):
            missing.append(f"{case.name} does not fit into the GPU's memory")
            continue
        times = [t for each in (mine, *others) for t in (each.timing, each.eager) if t]
        if min(t.median_us for t in times) <= 0:
            missing.append(f"{case.name} could not be timed: the GPU or the CPU was too busy")
            continue
        results.append(_result(case, sizes, mine, dict(zip(baselines, others, strict=True)), roofline))
    return results, missing


def _result(
    case: Case, sizes: Sizes, mine: Timed, others: dict[str, Timed], roofline: float | None
) -> BenchmarkResult:
    timing = mine.timing
    assert timing
    compared = {name: _compared(mine, other) for name, other in others.items()}
    return BenchmarkResult(
        name=case.name,
        median_us=timing.median_us,
        ci95_us=timing.ci95_us,
        samples=timing.samples,
        method=timing.method,
        baselines=compared,
        speedup=_speedup(compared.get("torch"), timing),
        bytes=sizes.moved_bytes,
        flops=sizes.flops,
        roofline_us=roofline and round(roofline, 4),
        roofline=roofline and round(roofline / timing.median_us, 4),
    )


def _compared(mine: Timed, other: Timed) -> dict[str, Any]:
    """A baseline's time, by the method by which both could be timed. If this is not the method of the
    submission's own time, the submission's time by this method is added.
    """
    both = mine.beside(other)
    assert both and mine.timing
    own, theirs = both
    found = {"median_us": theirs.median_us, "ci95_us": theirs.ci95_us, "method": theirs.method}
    return found if own is mine.timing else found | {"against_us": own.median_us}


def _speedup(baseline: dict[str, Any] | None, timing: Timing) -> float | None:
    if baseline is None:
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
    """Watches whether another program, not one of ours, computes on the GPU from now on."""

    def __init__(self, device: Device, runners: list[Runner]) -> None:
        self._device = device
        self._ours = {os.getpid(), *(r.process.pid for r in runners)}
        self._since_us = int(time.time() * 1e6)

    def seen(self) -> bool:
        return others_computing(self._device, self._ours, self._since_us)
