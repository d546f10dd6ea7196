"""The kernels that a call launches, as PyTorch's profiler sees them, for calls that cannot be recorded."""

from collections.abc import Callable

from torch.profiler import ProfilerActivity, profile

_KERNELS, _NAME = 200, 200  # and characters of a name: so the answer fits into a packet


def profiled_kernels(call: Callable[[], object]) -> list[list[object]]:
    """Rows of a kernel's name and the microseconds that it took in all, the longest first."""
    with profile(activities=[ProfilerActivity.CUDA]) as profiler:
        call()
    took: dict[str, float] = {}
    for event in profiler.events() or ():
        if event.device_time_total > 0:
            name = event.name[:_NAME]
            took[name] = took.get(name, 0.0) + event.device_time_total
    rows = sorted(took.items(), key=lambda row: -row[1])[:_KERNELS]
    return [[name, round(us, 2)] for name, us in rows]
