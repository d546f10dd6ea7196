"""What the judge asks of a challenge: the sizes of a call's tensors, and inputs that follow from a seed."""

import pytest
import torch

from judge.challenges.formats.folder_challenge import FolderChallenge
from judge.challenges.protocol import Case, Sizes, TensorShape, drawn, sizes_of
from judge.challenges.signature import Direction
from judge.errors import BadInput
from judge.workspace import shipped

X = TensorShape("x", (3, 5), torch.float16)
OUT = TensorShape("out", (5,), torch.float32, "out")
STATE = TensorShape("state", (), torch.float64, "inout")
SIZES = Sizes([X, OUT, STATE], flops=7)


@pytest.mark.parametrize(
    ("direction", "read", "written"), [("in", True, False), ("out", False, True), ("inout", True, True)]
)
def test_a_tensors_direction_says_what_solve_does(direction: Direction, read: bool, written: bool) -> None:
    tensor = TensorShape("x", (3,), torch.float32, direction)
    assert (tensor.is_read, tensor.is_written) == (read, written)


def test_the_tensors_of_a_call_stay_in_the_signatures_order() -> None:
    assert SIZES.tensors == [X, OUT, STATE]
    assert SIZES.inputs == [X, STATE]
    assert SIZES.outputs == [OUT, STATE]


def test_what_is_read_and_written_needs_memory_once_and_moves_twice() -> None:
    assert SIZES.elements == 15 + 5 + 1
    assert SIZES.bytes == 30 + 20 + 8
    assert SIZES.moved_bytes == 30 + 20 + 2 * 8
    assert Sizes([]).moved_bytes == Sizes([]).flops == 0


def test_inputs_follow_from_the_seed() -> None:
    challenge = FolderChallenge(shipped() / "challenges" / "vector_add")
    once, again, other = (drawn(challenge, dict(n=20), seed, "cpu") for seed in (1, 1, 2))
    assert torch.equal(once["a"], again["a"])
    assert not torch.equal(once["a"], other["a"])
    assert list(once) == ["a", "b"]


def test_what_is_drawn_is_checked() -> None:
    challenge = FolderChallenge(shipped() / "challenges" / "vector_add")
    inputs = drawn(challenge, dict(n=20), 1, "cpu")
    challenge.check(inputs)
    with pytest.raises(BadInput, match=r"inputs\(\) gives b = float32\[10\], the reference wants b: "):
        challenge.check(inputs | dict(b=inputs["b"][:10]))


def test_the_sizes_of_a_case_are_those_of_its_tensors() -> None:
    challenge = FolderChallenge(shipped() / "challenges" / "vector_add")
    sizes = sizes_of(challenge, Case(1, dict(n=20), 1), "cpu")
    assert [(t.name, t.shape, t.direction) for t in sizes.tensors] == [
        ("a", (20,), "in"),
        ("b", (20,), "in"),
        ("out", (20,), "out"),
    ]
