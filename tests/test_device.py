"""Which device judges, and whose turn it is on it."""

import tempfile
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.device import Device, Lock, cache_folder, choose, gpu_count, others_computing
from judge.errors import BadInput

COUNT, WHY_NOT = gpu_count()


# -- choosing -----------------------------------------------------------------------------------------


def test_the_interpreter_is_there_on_any_machine() -> None:
    device = choose("interpreter")
    assert device == Device("interpreter")
    assert (device.is_gpu, device.torch_name, device.visible, device.uuid) == (False, "cpu", "", "")


@pytest.mark.parametrize(
    "text",
    ["gpu", "cpu", "", "CUDA", "cuda:", "cuda:-1", "cuda:x", "cuda:0 ", "auto:0", "cuda:0\n", "cuda:1e3"],
)
def test_an_unknown_device_is_answered_with_those_there_are(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        choose(text)
    for word in ("no such device", "auto", "cuda", "cuda:N", "interpreter"):
        assert word in str(caught.value)


@pytest.mark.parametrize("text", ["cuda:99", "cuda:123456789012345678901234567890"])
def test_a_gpu_that_is_not_there_is_answered_with_why(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        choose(text)
    assert f"no such device: {text}; " in str(caught.value)
    assert ("this machine has" if COUNT else WHY_NOT) in str(caught.value)


def test_auto_takes_a_gpu_where_there_is_one() -> None:
    assert choose("auto").is_gpu == (COUNT > 0)
    assert bool(WHY_NOT) == (COUNT == 0)


@pytest.mark.gpu
def test_a_gpu_has_a_name_a_uuid_and_a_driver() -> None:
    device = choose("cuda")
    assert device == choose("cuda:0") == choose("auto")
    assert device.uuid.startswith("GPU-")
    assert device.name
    assert device.driver


@pytest.mark.parametrize(
    ("ours", "index", "visible"),
    [
        (None, 0, "0"),
        (None, 2, "2"),
        ("", 1, "1"),
        ("3", 0, "3"),
        ("3,1", 1, "1"),
        ("GPU-a, GPU-b", 1, "GPU-b"),
    ],
)
def test_a_runner_sees_the_gpu_that_was_chosen_and_no_other(
    monkeypatch: pytest.MonkeyPatch, ours: str | None, index: int, visible: str
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if ours is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", ours)
    assert Device("Some GPU", index=index).visible == visible
    assert Device("Some GPU", index=index).torch_name == f"cuda:{index}"


def test_a_device_nvml_does_not_know_has_no_company() -> None:
    assert others_computing(Device("Some GPU", uuid="GPU-1234"), {1}, 0) is False


def test_the_cache_follows_the_users_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "judge"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "judge"


# -- taking turns -------------------------------------------------------------------------------------


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
