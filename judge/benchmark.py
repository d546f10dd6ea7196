"""How fast: a submission and its baselines on every benchmark case, and the case's roofline."""

import gc
import math
import os
import time
from collections.abc import Callable
from typing import Any

import torch

from judge.baselines import baseline_errors, load_baseline
from judge.challenge import Case
from judge.clock import Side, measure
from judge.compare import OwnError
from judge.device import Device, others_computing
from judge.process import Runner
from judge.roofline import moved_bytes, roofline_us
from judge.setting import Setting
from judge.verdict import BenchmarkResult, Timing


def benchmark(
    runner: Runner,
    baselines: dict[str, Runner],
    setting: Setting,
    cases: list[Case],
    errors: dict[str, OwnError],
    budget: float,
    tick: Callable[[str, int], None],
) -> tuple[list[BenchmarkResult], list[str]]:
    """Time every case, each for `budget` seconds. `baselines` has a runner of its own per name, "torch" and
    perhaps "compile"; without "torch" there is no speedup and no roofline.

    Returns the results and why cases are missing from them. Raises Failure.
    """
    gc.freeze()  # what is loaded by now stays: the collection before each capture need not look at it again
    results: list[BenchmarkResult] = []
    missing: list[str] = []
    challenge = setting.challenge
    sized = [(case, *challenge.sizes(case, setting.torch_device)) for case in cases]
    rooflines: list[float | None] = [None] * len(sized)
    # Through host memory, no time says anything about the GPU's limits.
    if setting.how == "ipc" and "torch" in baselines:
        tick("peaks of this GPU", 0)
        with baseline_errors("the device's peaks"):
            rooflines = [roofline_us(i, o, f, setting, baselines["torch"]) for _, i, o, f in sized]
    for name, other in baselines.items():
        with baseline_errors(f"{challenge.folder}: baseline {name}"):
            load_baseline(other, setting, name)
    for (case, inputs, outputs, flops), roofline in zip(sized, rooflines, strict=True):
        side = Side(runner, setting, case, check=True, errors=errors)
        others = {n: Side(other, setting, case, check=False) for n, other in baselines.items()}
        try:
            side.prepare((inputs, outputs))
            for name, other_side in others.items():
                with baseline_errors(f"{challenge.folder}: baseline {name}"):
                    other_side.prepare((inputs, outputs))
            timing, compared = _measure(side, others, budget, lambda n, c=case: tick(c.name, n))  # type: ignore[misc]
        except (torch.OutOfMemoryError, MemoryError):
            missing.append(f"{case.name} does not fit into the GPU's memory")
            continue
        finally:
            for each in (side, *others.values()):
                each.release()
            torch.cuda.empty_cache()
        if min([timing.median_us, *(b["median_us"] for b in compared.values())]) <= 0:
            missing.append(f"{case.name} could not be timed: the GPU or the CPU was too busy")
            continue
        results.append(
            BenchmarkResult(
                name=case.name,
                median_us=timing.median_us,
                ci95_us=timing.ci95_us,
                samples=timing.samples,
                method=timing.method,
                baselines=compared,
                speedup=_speedup(compared.get("torch"), timing),
                bytes=moved_bytes(inputs, outputs),
                flops=flops,
                roofline_us=roofline and round(roofline, 4),
                roofline=roofline and round(roofline / timing.median_us, 4),
            )
        )
    return results, missing


def _measure(
    side: Side, others: dict[str, Side], budget: float, tick: Callable[[int], None]
) -> tuple[Timing, dict[str, dict[str, Any]]]:
    """Time the submission together with the baselines that run as it does; the others against eager calls."""
    alike = {name: other for name, other in others.items() if other.method == side.method}
    timing, *timings = measure([side, *alike.values()], budget, tick=tick)
    compared = {name: _entry(t) for name, t in zip(alike, timings, strict=True)}
    for name, other in others.items():
        if name not in alike:
            mine, theirs = measure([side, other], budget, method="eager", tick=tick)
            compared[name] = _entry(theirs) | {"against_us": mine.median_us}
    return timing, {name: compared[name] for name in others}


def _speedup(baseline: dict[str, Any] | None, timing: Timing) -> float | None:
    if baseline is None:
        return None
    ratio: float = baseline["median_us"] / baseline.get("against_us", timing.median_us)
    return round(ratio, 4)


def _entry(timing: Timing) -> dict[str, Any]:
    return {"median_us": timing.median_us, "ci95_us": timing.ci95_us, "method": timing.method}


def score(results: list[BenchmarkResult]) -> float | None:
    """The geometric mean of the medians, in microseconds: one slow case cannot hide behind a slow unit."""
    if not results or min(r.median_us for r in results) <= 0:
        return None
    return round(math.exp(sum(math.log(r.median_us) for r in results) / len(results)), 4)


class Company:
    """Notes whether another program computes on the GPU from now on."""

    def __init__(self, device: Device, runners: list[Runner]) -> None:
        self._device = device
        self._ours = {os.getpid(), *(r.process.pid for r in runners)}
        self._since_us = int(time.time() * 1e6)

    def seen(self) -> bool:
        return others_computing(self._device, self._ours, self._since_us)
