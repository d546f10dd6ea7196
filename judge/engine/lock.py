"""The lock on a GPU that judges take in turn."""

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from judge.engine.device import Device
from judge.errors import BadInput

WAIT_SECONDS = 3600.0
_LOOK_SECONDS = 0.02


class Lock:
    """The lock on one GPU: any number of judges may check answers at once, but only one may time, alone.

    It is a file lock that the judges of all users share. The file is in /dev/shm, which no runner can open. A
    judge that waits longer than `wait_seconds` gets BadInput.
    """

    def __init__(
        self, device: Device, say: Callable[[str], None], wait_seconds: float = WAIT_SECONDS
    ) -> None:
        shared = Path("/dev/shm")
        folder = shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())
        self._path = folder / f"judge-{device.uuid or device.name}.lock"
        self._say, self._wait_seconds = say, wait_seconds

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
                self._wait(file, mode)
            yield
        finally:
            os.close(file)

    def _wait(self, file: int, mode: int) -> None:
        deadline = time.monotonic() + self._wait_seconds
        while time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, mode | fcntl.LOCK_NB)
                return
        minutes = f"{self._wait_seconds / 60:.3g} minutes"
        raise BadInput(
            f"another judge has had this GPU for {minutes}: end it, or try again later ({self._path})"
        )

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDONLY)  # another user's file can be locked, not created
        except FileNotFoundError:
            return os.open(self._path, os.O_RDONLY | os.O_CREAT, 0o644)
