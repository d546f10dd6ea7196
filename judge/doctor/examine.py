"""Examines this machine: what it has, what is missing, and what to do about it."""

import importlib.metadata
import os
from collections.abc import Iterator
from dataclasses import dataclass

from judge.doctor.caches import leftovers
from judge.engine.device import Device, choose, gpu_count
from judge.engine.runner import Runner
from judge.errors import BadInput
from judge.verdict.failure import BadSolution, Failure
from judge.workspace import cache_folder


@dataclass(frozen=True)
class Line:
    """One finding. `ok` is False if something is missing, None if nothing depends on it."""

    what: str
    ok: bool | None
    text: str


def examine() -> Iterator[Line]:
    """Look at everything. Yields each finding as soon as it is known."""
    count, why_not = gpu_count()
    device = choose("auto")
    if count:
        yield Line("GPU", True, device.name + (f" and {count - 1} more" if count > 1 else ""))
        yield Line("driver", True, device.driver or "NVML does not say which")
    else:
        yield Line("GPU", None, f"none: {why_not}; kernels run on Triton's interpreter, without times")
        yield Line("driver", None, "none needed without a GPU")
    for package, at_least in (("torch", (2, 11)), ("triton", (3, 6))):
        version = importlib.metadata.version(package)
        good = tuple(int(p) for p in version.split("+")[0].split(".")[:2] if p.isdigit()) >= at_least
        wanted = ".".join(map(str, at_least))
        yield Line(
            package,
            good,
            version if good else f"{version}; judge needs {wanted}: pip install -U {package}",
        )
    if importlib.metadata.version("triton").startswith("3.6.") and _numpy() >= (2, 4):
        yield Line(
            "numpy", False, "triton 3.6 interprets loops only with numpy < 2.4: pip install 'numpy<2.4'"
        )
    with Runner("cuda" if device.is_gpu else "cpu", device.visible) as runner:
        try:
            missing = runner.wait_ready()
        except BadInput as error:
            yield Line("sandbox", False, str(error))
            return
        confined = "Landlock and seccomp confine the runner: files, network, signals, processes"
        todo = "; Linux 6.12 or newer has all of it"
        yield Line("sandbox", not missing, "; ".join(missing) + todo if missing else confined)
        if device.is_gpu:
            yield _sharing(device)
        else:
            yield Line("IPC", None, "not needed without a GPU: buffers are shared as a memfd")
        yield _cache()
        yield from _sizes()
        if device.is_gpu:
            yield _peaks(device, runner)
        else:
            yield Line("peaks", None, "no GPU to measure")


def _numpy() -> tuple[int, ...]:
    return tuple(int(part) for part in importlib.metadata.version("numpy").split(".")[:2])


def _sharing(device: Device) -> Line:
    from judge.engine.buffers import sharing

    if sharing(device) == "ipc":
        return Line("IPC", True, "CUDA IPC shares the buffers")
    return Line(
        "IPC",
        False,
        "no CUDA IPC here (WSL2?): buffers are copied through host memory, times include the copies",
    )


def _cache() -> Line:
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        good = os.access(folder, os.W_OK)
    except OSError:
        good = False
    hint = "" if good else ": not writable; set XDG_CACHE_HOME to a folder that is"
    return Line("cache folder", good, f"{folder}{hint}")


def _sizes() -> Iterator[Line]:
    found = list(leftovers())
    cache = [each for each in found if each.what == "cache"]
    scratch = [each for each in found if each.what == "scratch"]
    for each in cache:
        yield Line("cache", None, f"{each.bytes / 1e6:.1f} MB; judge doctor --clean empties it")
    if not cache:
        yield Line("cache", True, "empty")
    if scratch:
        folders = "1 folder" if len(scratch) == 1 else f"{len(scratch)} folders"
        told = f"{folders} of judges that were killed, {sum(each.bytes for each in scratch) / 1e6:.1f} MB"
        yield Line("scratch", None, f"{told}; judge doctor --clean removes them")
    else:
        yield Line("scratch", True, "nothing is left behind")


def _peaks(device: Device, runner: Runner) -> Line:
    from judge.judging.roofline import MATRIX_DTYPES, known_peaks, peak, peak_challenge
    from judge.judging.session import Session

    with Session(peak_challenge("copy"), device) as session, session.on_device():
        if session.sharing != "ipc":
            return Line("peaks", None, "not measured: times through host memory say nothing about the GPU")
        try:
            with session.timing():
                peaks = {name: peak(name, session, runner) for name in ("copy", *MATRIX_DTYPES)}
        except (Failure, BadSolution) as failure:
            return Line("peaks", False, f"could not be measured: {failure}")
    rates = [f"{name} {peaks[name] / 1e12:.0f} TFLOP/s" for name in MATRIX_DTYPES]
    told = f"copy {peaks['copy'] / 1e12:.2f} TB/s, " + ", ".join(rates)
    noisy = sorted(peaks.keys() - known_peaks(device).keys())
    if noisy:
        return Line("peaks", None, f"{told}; noisy, so measured again when needed: {', '.join(noisy)}")
    return Line("peaks", True, told)
