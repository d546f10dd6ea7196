"""The interface of a challenge to the rest of the judge, and the types that it uses."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from judge.challenges.rng import Rng, derive
from judge.challenges.signature import Directed, Direction, Signature

Inputs = dict[str, Any]  # all that solve reads: name -> value, in the signature's order
Outputs = tuple[Tensor, ...]  # one for each tensor that solve writes, in the signature's order
BUILT_IN_BASELINES = ("torch", "compile")  # every challenge has them: the reference, and torch.compile of it


@dataclass(frozen=True)
class Case:
    """One set of shape values. `number` counts from 1; `seed` is the case's own. Inputs of a `heavy` case
    have parts that weigh more than others.
    """

    number: int
    shape: dict[str, Any]
    seed: int
    heavy: bool = False

    @property
    def name(self) -> str:
        return " ".join([*(f"{key}={value}" for key, value in self.shape.items()), *["heavy"] * self.heavy])


@dataclass(frozen=True)
class TensorShape(Directed):
    """The shape and dtype of a tensor, and whether solve reads it, writes it, or both."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    direction: Direction = "in"

    @property
    def elements(self) -> int:
        return int(torch.Size(self.shape).numel())

    @property
    def bytes(self) -> int:
        return self.elements * self.dtype.itemsize


@dataclass(frozen=True)
class Sizes:
    """The tensors of a call, in the signature's order, and the number of its floating-point operations."""

    tensors: list[TensorShape]
    flops: int = 0

    @property
    def inputs(self) -> list[TensorShape]:
        return [t for t in self.tensors if t.is_read]

    @property
    def outputs(self) -> list[TensorShape]:
        return [t for t in self.tensors if t.is_written]

    @property
    def elements(self) -> int:
        return sum(t.elements for t in self.tensors)

    @property
    def bytes(self) -> int:
        """The memory of one set of the tensors."""
        return sum(t.bytes for t in self.tensors)

    @property
    def moved_bytes(self) -> int:
        """The bytes that a call must move: each input is read once, and each output is written once."""
        return sum(t.bytes for t in (*self.inputs, *self.outputs))


@dataclass(frozen=True)
class Derived:
    """An answer is right within the judge's own tolerance, which is derived from PyTorch's own error."""


@dataclass(frozen=True)
class Close:
    """An answer is right within absolute + relative * |expected|. Both are 0 if values are only moved."""

    absolute: float
    relative: float


@dataclass(frozen=True)
class Check:
    """The challenge decides itself. `check` gets the inputs, the expected outputs and the outputs that were
    found, and returns what is wrong, "" if nothing is.

    All tensors are on one device. The expected floats are in float64; in timed samples they are in the
    outputs' own dtypes.
    """

    check: Callable[[Inputs, Outputs, Outputs], str]


Acceptance = Derived | Close | Check


@dataclass(frozen=True)
class Baseline:
    """A program that a solution is compared with: a function in a Python file. It is called on the inputs and
    returns the outputs, or the first few of them.
    """

    path: Path
    function: str


class Challenge(Protocol):
    """A loaded challenge. Each method raises BadInput if the challenge's own code fails.

    The code is trusted. It knows nothing about processes: it draws inputs and computes answers in the process
    that calls it.
    """

    @property
    def name(self) -> str:
        """The name that boards and solutions use, and by which the challenge is found."""
        ...

    @property
    def path(self) -> Path:
        """The path of its file or folder, for messages."""
        ...

    @property
    def signature(self) -> Signature: ...

    @property
    def acceptance(self) -> Acceptance: ...

    @property
    def precision(self) -> str:
        """The precision that PyTorch may use in the reference: ieee, tf32, or fp16 (accumulation)."""
        ...

    @property
    def deterministic(self) -> bool:
        """Whether a result that differs between two runs on the same inputs is wrong."""
        ...

    @property
    def baselines(self) -> dict[str, Baseline]:
        """The baselines by name. One is `torch`, the reference as a program that a runner can load."""
        ...

    @property
    def test_shapes(self) -> list[dict[str, Any]]:
        """The fixed shapes that correctness is judged on, as data."""
        ...

    @property
    def benchmark_shapes(self) -> list[dict[str, Any]]:
        """The shapes that are timed, as data."""
        ...

    def cases(self, seed: int) -> list[Case]:
        """The cases that correctness is judged on: the fixed ones, then random ones drawn from the seed."""
        ...

    def benchmarks(self, seed: int) -> list[Case]:
        """The cases that are timed."""
        ...

    def draw(self, rng: Rng, shape: dict[str, Any]) -> Inputs:
        """Draw the next inputs from a generator, on its device."""
        ...

    def check(self, inputs: Inputs) -> None:
        """Raises BadInput unless the inputs are as the signature says."""
        ...

    def sizes(self, inputs: Inputs) -> Sizes:
        """The tensors of a call on these inputs, and the number of its operations."""
        ...

    def answer(self, inputs: Inputs) -> Outputs:
        """The reference's outputs, in the challenge's own dtypes. The inputs stay as they are."""
        ...

    def golden(self, inputs: Inputs) -> Outputs:
        """The outputs that all others are compared with. They are in float64 where that makes sense."""
        ...


def drawn(challenge: Challenge, shape: dict[str, Any], seed: int, device: str, heavy: bool = False) -> Inputs:
    """Draw the inputs of a shape that follow from a seed, and check them. Raises BadInput."""
    inputs = challenge.draw(Rng(seed, device, heavy), shape)
    challenge.check(inputs)
    return inputs


def sizes_of(challenge: Challenge, case: Case, device: str) -> Sizes:
    """The sizes of a case. To learn them, other inputs are drawn than those that a submission will see.

    Raises BadInput.
    """
    return challenge.sizes(drawn(challenge, case.shape, derive(case.seed, "sizes"), device))
