"""The shapes of a case without its values, so that a case of many gigabytes needs no time and no memory."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor
from torch._subclasses import fake_tensor

from judge.challenges.protocol import Case, Challenge, Inputs
from judge.challenges.rng import Rng
from judge.errors import BadInput

T = TypeVar("T")

_NEEDS_VALUES = (
    fake_tensor.DataDependentOutputException,
    fake_tensor.DynamicOutputShapeException,
    fake_tensor.UnsupportedFakeTensorException,
    fake_tensor.UnsupportedOperatorException,
)


class NeedsValues(Exception):
    """The shapes of a case depend on its values, so they are not known until it is drawn."""


class ShapeRng(Rng):
    """Draws tensors that have a shape and a dtype but no values, for use in a FakeTensorMode."""

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


def without_values(challenge: Challenge, case: Case, look: Callable[[Inputs], T]) -> T:
    """The result of `look` on inputs of a case that have shapes and dtypes but no values.

    Raises BadInput if the challenge's code is wrong, and NeedsValues if its shapes depend on values.
    """
    try:
        with fake_tensor.FakeTensorMode():
            inputs = challenge.draw(ShapeRng(case.seed), case.shape)
            challenge.check(inputs)
            return look(inputs)
    except BadInput as error:
        if isinstance(error.__context__, _NEEDS_VALUES):
            raise NeedsValues from error
        raise
