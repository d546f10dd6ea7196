"""The device that judges: an NVIDIA GPU, or Triton's interpreter. Nothing here imports torch."""

import contextlib
import ctypes
import importlib.metadata
import os
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from judge.errors import BadInput
from judge.protocol import cuda

INTERPRETER = "interpreter"


@dataclass(frozen=True)
class Device:
    """A device. `name` is the GPU's name, or "interpreter"; `index` is its number in torch. Without a GPU
    `uuid` and `driver` are "".
    """

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
    """The number of GPUs that torch could use, and, if it is 0, the reason."""
    if importlib.metadata.version("torch").endswith("+cpu"):
        return 0, "the installed torch is a CPU build"
    try:
        driver = cuda.driver()
    except OSError:
        return 0, "there is no NVIDIA driver (libcuda.so.1)"
    count = ctypes.c_int()
    code = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    if code:
        return 0, f"the NVIDIA driver does not start (cuInit: error {code})"
    return count.value, "" if count.value else "no GPU is visible (CUDA_VISIBLE_DEVICES?)"


@cache
def _gpu(index: int) -> Device:
    driver = cuda.driver()
    handle, name, uuid = ctypes.c_int(), ctypes.create_string_buffer(256), (ctypes.c_ubyte * 16)()
    cuda.check(driver.cuDeviceGet(ctypes.byref(handle), index), "finding the GPU")
    cuda.check(driver.cuDeviceGetName(name, 256, handle), "asking the GPU's name")
    cuda.check(driver.cuDeviceGetUuid_v2(uuid, handle), "asking the GPU's UUID")
    text = bytes(uuid).hex()
    parts = (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
    library = nvml()
    version = library.nvmlSystemGetDriverVersion() if library else ""
    return Device(name.value.decode(), index, "GPU-" + "-".join(parts), str(version))


@cache
def nvml() -> Any:
    """NVIDIA's management library, which stays initialised; None if there is none. WSL2 has only a part of
    it.
    """
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return pynvml


# nvmlClocksEventReasons: the reasons that hold a clock down, in words. Being idle is none.
_HELD_DOWN = {
    0x4: "power cap",
    0x8: "hardware slowdown",
    0x20: "heat",
    0x40: "heat",
    0x80: "power supply",
}


class Clocks:
    """Watches the clock of a GPU's multiprocessors, and why the driver holds it down. Use it as a context
    manager. Without NVML nothing is seen.
    """

    def __init__(self, device: Device) -> None:
        self._uuid = device.uuid
        self._seen: list[int] = []
        self._reasons: set[str] = set()
        self._library: Any = None
        self._handle: Any = None

    def __enter__(self) -> "Clocks":
        self._library = nvml()
        if self._library:
            with contextlib.suppress(self._library.NVMLError):
                self._handle = self._library.nvmlDeviceGetHandleByUUID(self._uuid.encode())
        return self

    def __exit__(self, *_: object) -> None:
        self._handle = None

    def mhz(self) -> int:
        """The clock now, in MHz; 0 if it is not known."""
        if self._handle is None:
            return 0
        try:
            now = int(self._library.nvmlDeviceGetClockInfo(self._handle, self._library.NVML_CLOCK_SM))
            reasons = int(self._library.nvmlDeviceGetCurrentClocksThrottleReasons(self._handle))
        except self._library.NVMLError:
            return 0
        self._seen.append(now)
        self._reasons |= {text for bit, text in _HELD_DOWN.items() if reasons & bit}
        return now

    @property
    def range(self) -> tuple[int, int] | None:
        """The least and the highest clock that were seen, None if none was."""
        return (min(self._seen), max(self._seen)) if self._seen else None

    @property
    def throttled(self) -> list[str]:
        return sorted(self._reasons)


def others_computing(device: Device, ours: set[int], since_us: int) -> bool:
    """Whether another program computed on the GPU since `since_us` (microseconds of the system's clock).

    NVML samples the use of each process. In a container it may give the process ids of the host. Then none of
    them is ours, and if there are more of them than we have, some belong to another program.
    """
    library = nvml()
    if library is None:
        return False
    try:
        handle = library.nvmlDeviceGetHandleByUUID(device.uuid.encode())
        samples = library.nvmlDeviceGetProcessUtilization(handle, since_us)
    except library.NVMLError:
        return False
    busy = {int(s.pid) for s in samples if s.smUtil > 0 and s.timeStamp > since_us}
    return bool(busy - ours) if busy & ours else len(busy) > len(ours)
