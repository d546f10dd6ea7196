"""Which device judges."""

import pytest

from judge.engine.device import Device, choose, gpu_count, others_computing
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
