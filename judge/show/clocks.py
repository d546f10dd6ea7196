"""The clocks in words."""

_WORDS = {"replay": "replayed", "process": "process clock"}
_APART = {"replay": "", "process": "timed by the process clock (docs/clock.md): ranked apart"}


def clock(method: str | None) -> str:
    """The clock that took a time."""
    return _WORDS.get(method or "", "older clock")


def place(device: str, method: str | None) -> str:
    """A device, and the clock unless its times are replayed."""
    return device if method == "replay" else f"{device}, {clock(method)}"


def apart(method: str | None) -> str:
    """Why the times of a clock have a board of their own, "" if they are replayed."""
    return _APART.get(method or "", "timed by an older clock: ranked apart")
