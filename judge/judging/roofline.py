"""The hardware's limit: the device's own peaks, measured once by the same clock, and the limit for a case.

    roofline = max(bytes / copy bandwidth, flops / matrix rate)

Bytes count each input read once and each output written once. Source: Williams, Waterman, Patterson,
"Roofline: an insightful visual performance model" (2009).
"""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch

from judge.challenges.format import FoundChallenge
from judge.challenges.formats.folder import Folder
from judge.challenges.protocol import Challenge, Sizes, sizes_of
from judge.engine.device import Device
from judge.engine.runner import Runner
from judge.judging.calls import SizedCase
from judge.judging.loading import load_arguments
from judge.judging.process_clock import ProcessSide, time_processes
from judge.judging.programs import recorded_of_ours
from judge.judging.replay_times import time_replays
from judge.judging.session import Session
from judge.verdict.failure import Failure
from judge.workspace import cache_folder

FOLDER = Path(__file__).resolve().parents[1] / "data" / "peaks"
MATRIX_DTYPES = ("float16", "bfloat16", "tf32", "float32", "float64")
_BUDGET = 0.3  # seconds of sampling per peak
_WIDEST = 0.05  # the interval of a peak that is kept: the clock of a GPU moves under its longest products
_WRITES_LITTLE = 1.12  # a kernel that writes little is faster per byte than a copy, by so much at most
_BEYOND = 1.1  # and this is how far a kernel may pass PyTorch's own matrix product


def peaks_path(device: Device) -> Path:
    """The file of this device's peaks."""
    return cache_folder() / f"peaks-{device.uuid}.json"


def known_peaks(device: Device) -> dict[str, float]:
    """The peaks measured so far: "copy" in bytes per second, a dtype in operations per second."""
    try:
        stored = json.loads(peaks_path(device).read_text())
        return {str(name): float(value) for name, value in stored.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def peak_challenge(name: str) -> FoundChallenge:
    """The challenge for a peak. It is like any other challenge, but only its reference is timed."""
    return FoundChallenge(FOLDER / ("copy" if name == "copy" else "matmul"), Folder())


def peak(name: str, session: Session, runner: Runner) -> float:
    """One peak of the session's device, measured in `runner` (the judge's own) unless it is known already."""
    peaks = known_peaks(session.device)
    if name not in peaks:
        peaks[name], width = _measure(name, peak_challenge(name).load(), session, runner)
        if width > _WIDEST:
            told = f"the peak {name!r} of this GPU is noisy, and not kept: its interval is {width:.0%} wide"
            session.observer.say(f"warning: {told}")
        else:
            _store(known_peaks(session.device) | {name: peaks[name]}, session.device)
    return peaks[name]


def _measure(name: str, challenge: Challenge, session: Session, runner: Runner) -> tuple[float, float]:
    """The peak, and the width of the interval of its time, as a share of this time."""
    dtype = "float32" if name == "tf32" else name
    case = next(c for c in challenge.benchmarks(0) if c.shape.get("dtype", name) in (dtype, "copy"))
    baseline = challenge.baselines["torch"]
    asked = load_arguments(challenge, str(baseline.path), "Python", baseline.function, "reference")
    asked["precision"] = "tf32" if name == "tf32" else "ieee"
    runner.ask("load", session.seconds, **asked)
    sizes = sizes_of(challenge, case, session.torch_device)
    sized = SizedCase(case, sizes)
    # A library's product may have no recording that can be replayed. Its launch is short beside its work.
    side = recorded_of_ours(runner, session, sized, {}, challenge)
    if side:
        [timed] = time_replays([side], sizes, session.device, _BUDGET, needed=side)
    else:
        own = ProcessSide(runner, session, challenge, case, check=False)
        [timed] = time_processes([own], sizes, own, _BUDGET, needed=own)
    if not timed.timing:
        raise Failure("runtime_error", "there is not enough memory to measure it")
    if not timed.timing.median_us > 0:
        raise Failure("runtime_error", timed.timing.noisy)
    median, (low, high) = timed.timing.median_us, timed.timing.ci95_us
    return (sizes.flops or sizes.moved_bytes) / median * 1e6, (high - low) / median


def _store(peaks: dict[str, float], device: Device) -> None:
    path = peaks_path(device)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        json.dump(peaks, file)
    os.replace(file.name, path)  # so that the file is never half written


def matrix_dtype(sizes: Sizes, precision: str) -> str | None:
    """The name of the peak that bounds a case's arithmetic, None if there is none, as for integers."""
    for tensor in sizes.inputs:
        if tensor.dtype.is_floating_point:
            name = str(tensor.dtype).removeprefix("torch.")
            name = "tf32" if name == "float32" and precision == "tf32" else name
            return name if name in MATRIX_DTYPES else None
    return None


@dataclass(frozen=True)
class Limit:
    """The least time of one call on this device by the roofline, and the time below which no time can be
    right, both in microseconds. docs/clock.md says what may lie between the two.
    """

    us: float
    floor_us: float


def limit_of(sizes: Sizes, session: Session, runner: Runner) -> Limit:
    """The limit of a case."""
    copying = sizes.moved_bytes / peak("copy", session, runner)
    computing = surely = 0.0
    dtype = matrix_dtype(sizes, session.challenge.precision)
    if sizes.flops and dtype:
        computing = surely = sizes.flops / peak(dtype, session, runner)
        if dtype == "float32":  # a product can be split for the tensor cores
            surely = sizes.flops / peak("tf32", session, runner)
    torch.cuda.empty_cache()
    return Limit(max(copying, computing) * 1e6, max(copying / _WRITES_LITTLE, surely / _BEYOND) * 1e6)
