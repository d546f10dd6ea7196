"""The hardware's limit: the device's own peaks, measured once by the same clock, and what follows for a case.

    roofline = max(bytes / copy bandwidth, flops / matrix rate)

Bytes count each input read once and each output written once. Source: Williams, Waterman, Patterson,
"Roofline: an insightful visual performance model" (2009).
"""

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import torch

from judge.challenge import Challenge, TensorShape
from judge.clock import Side, measure
from judge.device import Device, cache_folder
from judge.process import Runner
from judge.setting import Setting

FOLDER = Path(__file__).resolve().parent / "peaks"
MATRIX_DTYPES = ("float16", "bfloat16", "tf32", "float32", "float64")
_BUDGET = 0.3  # seconds of sampling per peak


def peaks_path(device: Device) -> Path:
    """Where this device's peaks are kept."""
    return cache_folder() / f"peaks-{device.uuid}.json"


def known_peaks(device: Device) -> dict[str, float]:
    """The peaks measured so far: "copy" in bytes per second, a dtype in operations per second."""
    try:
        stored = json.loads(peaks_path(device).read_text())
        return {str(name): float(value) for name, value in stored.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def peak_challenge(name: str) -> Challenge:
    """A peak is a challenge like any other, of which only the reference is timed."""
    return Challenge(FOLDER / ("copy" if name == "copy" else "matmul"))


def peak(name: str, setting: Setting, runner: Runner) -> float:
    """One peak of the setting's device, measured in `runner` (the judge's own) if it is not known yet."""
    peaks = known_peaks(setting.device)
    if name not in peaks:
        peaks[name] = _measure(name, replace(setting, challenge=peak_challenge(name)), runner)
        _store(peaks, setting.device)
    return peaks[name]


def _measure(name: str, setting: Setting, runner: Runner) -> float:
    challenge = setting.challenge
    dtype = "float32" if name == "tf32" else name
    case = next(c for c in challenge.benchmarks(0) if c.shape.get("dtype", name) in (dtype, "copy"))
    runner.ask(
        "load",
        setting.seconds,
        path=str(challenge.folder / "reference.py"),
        entry="reference",
        role="reference",
        arguments=list(challenge.arguments),
        precision="tf32" if name == "tf32" else "ieee",
    )
    inputs, outputs, flops = challenge.sizes(case, setting.torch_device)
    side = Side(runner, setting, case, check=False)
    try:
        side.prepare((inputs, outputs))
        [timing] = measure([side], _BUDGET)
    finally:
        side.release()
    work = flops or moved_bytes(inputs, outputs)
    return work / timing.median_us * 1e6


def _store(peaks: dict[str, float], device: Device) -> None:
    path = peaks_path(device)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        json.dump(peaks, file)
    os.replace(file.name, path)  # whole or not at all


def moved_bytes(inputs: list[TensorShape], outputs: list[TensorShape]) -> int:
    """The bytes that a call cannot avoid moving."""
    return sum(t.bytes for t in (*inputs, *outputs))


def matrix_dtype(inputs: list[TensorShape], precision: str) -> str | None:
    """The peak that bounds a case's arithmetic, None for integers."""
    for tensor in inputs:
        if tensor.dtype.is_floating_point:
            name = str(tensor.dtype).removeprefix("torch.")
            name = "tf32" if name == "float32" and precision == "tf32" else name
            return name if name in MATRIX_DTYPES else None
    return None


def roofline_us(
    inputs: list[TensorShape], outputs: list[TensorShape], flops: int, setting: Setting, runner: Runner
) -> float:
    """The least time of one call on this device, in microseconds."""
    times = [moved_bytes(inputs, outputs) / peak("copy", setting, runner)]
    dtype = matrix_dtype(inputs, setting.challenge.spec.precision)
    if flops and dtype:
        times.append(flops / peak(dtype, setting, runner))
    torch.cuda.empty_cache()
    return max(times) * 1e6
