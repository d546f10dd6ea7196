"""Whose turn it is on a GPU: many check at once, one alone times, and nobody waits for ever."""

import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from judge.engine.device import Device
from judge.engine.lock import WAIT_SECONDS, Lock
from judge.errors import BadInput


class Judge:
    """A judge in a thread of its own, which takes its turn and keeps it until it is told to end."""

    def __init__(self, device: Device, timing: bool) -> None:
        self.waits, self.has_it, self.end = (threading.Event() for _ in range(3))
        self._lock = Lock(device, lambda line: self.waits.set())
        self._turn = self._lock.timing if timing else self._lock.checking
        self._thread = threading.Thread(target=self._hold)
        self._thread.start()

    def _hold(self) -> None:
        with self._turn():
            self.has_it.set()
            self.end.wait(60)

    def finish(self) -> None:
        self.end.set()
        self._thread.join(60)
        assert not self._thread.is_alive()


def locks_of(device: Device) -> list[Path]:
    """The files of a device's lock."""
    return [
        path
        for folder in ("/dev/shm", tempfile.gettempdir())
        for path in Path(folder).glob(f"judge-{device.uuid}*")
    ]


@pytest.fixture
def gpu() -> Iterator[Device]:
    """A GPU of which no other test knows."""
    device = Device("Some GPU", uuid=f"GPU-{uuid.uuid4()}")
    yield device
    for path in locks_of(device):
        path.unlink()


def test_many_may_check_at_once(gpu: Device) -> None:
    judges = [Judge(gpu, timing=False) for _ in range(3)]
    assert all(judge.has_it.wait(30) for judge in judges)
    assert not any(judge.waits.is_set() for judge in judges)
    for judge in judges:
        judge.finish()


@pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, True)])
def test_who_times_is_alone(gpu: Device, first: bool, second: bool) -> None:
    one = Judge(gpu, timing=first)
    assert one.has_it.wait(30)
    other = Judge(gpu, timing=second)
    assert other.waits.wait(30)  # it says that it waits
    assert not other.has_it.is_set()
    one.finish()
    assert other.has_it.wait(30)
    other.finish()


def test_another_gpu_is_another_turn(gpu: Device) -> None:
    one = Judge(gpu, timing=True)
    assert one.has_it.wait(30)
    other = Judge(Device("Some GPU", uuid=f"{gpu.uuid}-other"), timing=True)
    assert other.has_it.wait(30)
    one.finish()
    other.finish()


def test_a_turn_ends_with_an_error_too(gpu: Device) -> None:
    lock = Lock(gpu, lambda line: None)
    with pytest.raises(ZeroDivisionError), lock.timing():
        _ = 1 / 0
    with lock.timing():
        assert len(locks_of(gpu)) == 1


def test_another_users_lock_can_be_held(gpu: Device) -> None:
    with Lock(gpu, lambda line: None).checking():
        [path] = locks_of(gpu)
    path.chmod(0o444)
    with Lock(gpu, lambda line: None).timing():
        assert path.read_bytes() == b""


# -- giving up ----------------------------------------------------------------------------------------

HOLDER = """
import sys
from judge.engine.device import Device
from judge.engine.lock import Lock

lock = Lock(Device("Some GPU", uuid=sys.argv[1]), print)
with lock.timing() if sys.argv[2] == "timing" else lock.checking():
    print("has it", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_elsewhere(device: Device, how: str) -> Iterator[subprocess.Popen[str]]:
    """Another process has its turn meanwhile."""
    command = [sys.executable, "-c", HOLDER, device.uuid, how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "has it\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("theirs", "mine"), [("timing", "timing"), ("timing", "checking"), ("checking", "timing")]
)
def test_who_waits_too_long_gives_up_with_a_line(gpu: Device, theirs: str, mine: str) -> None:
    said: list[str] = []
    lock = Lock(gpu, said.append, wait_seconds=0.2)
    turn = {"timing": lock.timing, "checking": lock.checking}[mine]
    with held_elsewhere(gpu, theirs):
        began = time.monotonic()
        with pytest.raises(BadInput) as caught, turn():
            pytest.fail("two have their turn at once")
        assert 0.2 <= time.monotonic() - began < 10
    assert said == ["waiting for another judge to finish with this GPU"]
    message = str(caught.value)
    assert message.startswith("another judge has had this GPU for 0.00333 minutes: ")
    assert str(locks_of(gpu)[0]) in message
    assert "\n" not in message
    with turn():  # it is free again
        pass
    assert len(said) == 1


def test_who_waits_gets_the_turn_of_a_process_that_dies(gpu: Device) -> None:
    with held_elsewhere(gpu, "timing") as process:
        other = Judge(gpu, timing=True)
        assert other.waits.wait(30)
        process.kill()
        assert other.has_it.wait(30)
        other.finish()


def test_checking_beside_another_process_that_checks_waits_for_nobody(gpu: Device) -> None:
    lock = Lock(gpu, pytest.fail, wait_seconds=0.2)
    with held_elsewhere(gpu, "checking"), lock.checking():
        pass


def test_by_default_a_judge_waits_for_an_hour() -> None:
    assert WAIT_SECONDS == 3600
