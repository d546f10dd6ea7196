"""Answers that do not fit into memory as a whole."""

from typing import Any

import pytest
import torch
from conftest import ROOT
from torch import Tensor

from judge.challenges.finding import find_challenge
from judge.challenges.float64_answer import fitting_answer, golden_answer

SIGNATURE = find_challenge(str(ROOT / "challenges" / "softmax")).load().signature
INPUTS = {"x": torch.randn(50, 7)}


class Memory:
    """A softmax on a device that has room for some rows."""

    def __init__(self, rows: int) -> None:
        self.rows, self.asked = rows, list[int]()

    def __call__(self, inputs: dict[str, Any]) -> tuple[Tensor, ...]:
        x = inputs["x"]
        self.asked.append(len(x))
        if len(x) > self.rows:
            raise torch.OutOfMemoryError("no room")
        return (x.softmax(-1),)


def test_an_answer_that_fits_is_computed_as_a_whole() -> None:
    memory = Memory(50)
    [found] = fitting_answer(memory, INPUTS, SIGNATURE, "rows")
    assert torch.equal(found, INPUTS["x"].softmax(-1)) and memory.asked == [50]


@pytest.mark.parametrize("room", [1, 3, 13, 49])
def test_another_is_computed_in_pieces(room: int) -> None:
    memory = Memory(room)
    [found] = fitting_answer(memory, INPUTS, SIGNATURE, "rows")
    assert torch.equal(found, INPUTS["x"].softmax(-1))
    assert memory.asked[0] == 50 and memory.asked[-1] <= room


def test_without_a_dimension_or_with_no_room_at_all_it_does_not_fit() -> None:
    with pytest.raises(torch.OutOfMemoryError, match="no room"):
        fitting_answer(Memory(49), INPUTS, SIGNATURE)
    with pytest.raises(torch.OutOfMemoryError, match="does not fit"):
        fitting_answer(Memory(0), INPUTS, SIGNATURE, "rows")


def test_the_golden_answer_is_in_float64_in_pieces_too() -> None:
    [found] = golden_answer(Memory(7), INPUTS, SIGNATURE, "rows")
    assert torch.equal(found, INPUTS["x"].double().softmax(-1))
