"""The shapes of a case without its values: what has gigabytes is sized at once, and needs no memory."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch._subclasses import fake_tensor

from judge.challenge import Case, Challenge, TensorShape
from judge.errors import BadInput
from judge.inputs import Rng

_NEEDS_VALUES = (
    fake_tensor.DataDependentOutputException,
    fake_tensor.DynamicOutputShapeException,
    fake_tensor.UnsupportedFakeTensorException,
    fake_tensor.UnsupportedOperatorException,
)


class NeedsValues(Exception):
    """A case whose shapes cannot be known without drawing it."""


@dataclass(frozen=True)
class Shapes:
    """One case: what its names of dimensions stand for, its tensors, its floating-point operations."""

    case: Case
    named: dict[str, int]
    inputs: list[TensorShape]
    outputs: list[TensorShape]
    flops: int

    @property
    def elements(self) -> int:
        return sum(t.elements for t in (*self.inputs, *self.outputs))

    @property
    def bytes(self) -> int:
        return sum(t.bytes for t in (*self.inputs, *self.outputs))


class ShapeRng(Rng):
    """Draws tensors that have a shape and a dtype, and no values; for use in a FakeTensorMode."""

    def __init__(self, seed: int) -> None:
        with fake_tensor.unset_fake_temporarily():
            super().__init__(seed)

    def integer(self, low: int, high: int) -> int:
        with fake_tensor.unset_fake_temporarily():
            return super().integer(low, high)

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.empty(shape, dtype=dtype)

    def uniform(
        self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> Tensor:
        return torch.empty(shape, dtype=dtype)

    def integers(self, *shape: int, low: int, high: int, dtype: torch.dtype = torch.int32) -> Tensor:
        return torch.empty(shape, dtype=dtype)

    def permutation(self, n: int) -> Tensor:
        return torch.empty(n, dtype=torch.int64)


def shapes_of(challenge: Challenge, case: Case) -> Shapes:
    """The shapes of a case, checked against the annotations.

    Raises BadInput for what the challenge's code does wrong, NeedsValues where its shapes follow from values.
    """
    try:
        with fake_tensor.FakeTensorMode():
            return _shapes(challenge, case, ShapeRng(case.seed))
    except BadInput as error:
        if isinstance(error.__context__, _NEEDS_VALUES):
            raise NeedsValues from error
        raise


def drawn_shapes(challenge: Challenge, case: Case) -> Shapes:
    """The same, by drawing it on the CPU."""
    return _shapes(challenge, case, Rng(case.seed))


def _shapes(challenge: Challenge, case: Case, rng: Rng) -> Shapes:
    inputs = challenge.draw_from(rng, case.shape)
    challenge.check(inputs)
    return Shapes(case, challenge.named_sizes(inputs), *challenge.shapes(inputs))
