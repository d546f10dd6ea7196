"""Which device judges: an NVIDIA GPU, or Triton's interpreter. Nothing here imports torch."""

import contextlib
import ctypes
import fcntl
import importlib.metadata
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from judge import ipc
from judge.errors import BadInput

INTERPRETER = "interpreter"


@dataclass(frozen=True)
class Device:
    """`name` is the GPU's, or "interpreter"; `index` is torch's; `uuid` and `driver` are "" without a GPU."""

    name: str
    index: int = 0
    uuid: str = ""
    driver: str = ""

    @property
    def is_gpu(self) -> bool:
        return self.name != INTERPRETER

    @property
    def torch_name(self) -> str:
        return f"cuda:{self.index}" if self.is_gpu else "cpu"

    @property
    def visible(self) -> str:
        """CUDA_VISIBLE_DEVICES of a runner: this GPU and no other."""
        if not self.is_gpu:
            return ""
        ours = os.environ.get("CUDA_VISIBLE_DEVICES")
        return ours.split(",")[self.index].strip() if ours else str(self.index)


def choose(text: str) -> Device:
    """The device that --device names: auto, cuda, cuda:N or interpreter. Raises BadInput."""
    if text == INTERPRETER:
        return Device(INTERPRETER)
    match = re.fullmatch(r"auto|cuda(?::(\d+))?", text)
    if not match:
        raise BadInput(f"no such device: {text}; there are auto, cuda, cuda:N and interpreter")
    count, why_not = gpu_count()
    index = int(match[1] or 0)
    if index < count:
        return _gpu(index)
    if text == "auto":
        return Device(INTERPRETER)
    if count:
        raise BadInput(f"no such device: {text}; this machine has {count}, cuda:0 to cuda:{count - 1}")
    raise BadInput(f"no such device: {text}; {why_not} (--device interpreter works anywhere)")


def gpu_count() -> tuple[int, str]:
    """How many GPUs torch could use, and why there are none."""
    if importlib.metadata.version("torch").endswith("+cpu"):
        return 0, "the installed torch is a CPU build"
    try:
        driver = ipc.driver()
    except OSError:
        return 0, "there is no NVIDIA driver (libcuda.so.1)"
    count = ctypes.c_int()
    code = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    if code:
        return 0, f"the NVIDIA driver does not start (cuInit: error {code})"
    return count.value, "" if count.value else "no GPU is visible (CUDA_VISIBLE_DEVICES?)"


@cache
def _gpu(index: int) -> Device:
    driver = ipc.driver()
    handle, name, uuid = ctypes.c_int(), ctypes.create_string_buffer(256), (ctypes.c_ubyte * 16)()
    ipc.check(driver.cuDeviceGet(ctypes.byref(handle), index), "finding the GPU")
    ipc.check(driver.cuDeviceGetName(name, 256, handle), "asking the GPU's name")
    ipc.check(driver.cuDeviceGetUuid_v2(uuid, handle), "asking the GPU's UUID")
    text = bytes(uuid).hex()
    parts = (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
    with nvml() as library:
        version = library.nvmlSystemGetDriverVersion() if library else ""
    return Device(name.value.decode(), index, "GPU-" + "-".join(parts), str(version))


@contextlib.contextmanager
def nvml() -> Iterator[Any]:
    """NVIDIA's management library, initialised; None where there is none (WSL2 has part of it)."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        yield None
        return
    try:
        yield pynvml
    finally:
        pynvml.nvmlShutdown()


def others_computing(device: Device, ours: set[int], since_us: int) -> bool:
    """Whether another program computed on the GPU since `since_us` (microseconds of the system's clock).

    NVML samples the use of each process. In a container it may give the pids of the host: then none of
    them is ours, and more of them than we have means somebody else.
    """
    with nvml() as library:
        if library is None:
            return False
        try:
            handle = library.nvmlDeviceGetHandleByUUID(device.uuid.encode())
            samples = library.nvmlDeviceGetProcessUtilization(handle, since_us)
        except library.NVMLError:
            return False
        busy = {int(s.pid) for s in samples if s.smUtil > 0 and s.timeStamp > since_us}
    return bool(busy - ours) if busy & ours else len(busy) > len(ours)


class Lock:
    """Whose turn it is on one GPU: any number may check answers, one alone may time.

    A file lock per GPU, where judges of all users meet: in /dev/shm, which no runner can open.
    """

    def __init__(self, device: Device, say: Callable[[str], None]) -> None:
        shared = Path("/dev/shm")
        folder = shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())
        self._path = folder / f"judge-{device.uuid or device.name}.lock"
        self._say = say

    def checking(self) -> "contextlib.AbstractContextManager[None]":
        return self._held(fcntl.LOCK_SH)

    def timing(self) -> "contextlib.AbstractContextManager[None]":
        return self._held(fcntl.LOCK_EX)

    @contextlib.contextmanager
    def _held(self, mode: int) -> Iterator[None]:
        file = self._open()
        try:
            try:
                fcntl.flock(file, mode | fcntl.LOCK_NB)
            except BlockingIOError:
                self._say("waiting for another judge to finish with this GPU")
                fcntl.flock(file, mode)
            yield
        finally:
            os.close(file)

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDONLY)  # another user's file can be locked, not created
        except FileNotFoundError:
            return os.open(self._path, os.O_RDONLY | os.O_CREAT, 0o644)


def cache_folder() -> Path:
    """Where what was measured once per device is kept."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "judge"
