"""What a challenge is to the rest of the judge: the questions that it answers, and what they are about."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from judge.challenges.rng import Rng, derive
from judge.challenges.signature import Direction, Signature

Inputs = dict[str, Any]  # by name, in the signature's order: all that solve reads
Outputs = tuple[Tensor, ...]  # in the signature's order: one for each tensor that solve writes
BUILT_IN_BASELINES = ("torch", "compile")  # every challenge has them: the reference, and torch.compile of it


@dataclass(frozen=True)
class Case:
    """One set of shape values. `number` counts from 1; `seed` is the case's own."""

    number: int
    shape: dict[str, Any]
    seed: int

    @property
    def name(self) -> str:
        return " ".join(f"{key}={value}" for key, value in self.shape.items())


@dataclass(frozen=True)
class TensorShape:
    """What a tensor needs of memory, and whether solve reads it, writes it, or both."""

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

    @property
    def is_read(self) -> bool:
        return self.direction != "out"

    @property
    def is_written(self) -> bool:
        return self.direction != "in"


@dataclass(frozen=True)
class Sizes:
    """What a call works on: its tensors in the signature's order, and its floating-point operations."""

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
        """The bytes that a call cannot avoid moving: what is read once, what is written once."""
        return sum(t.bytes for t in (*self.inputs, *self.outputs))


@dataclass(frozen=True)
class Derived:
    """Answers are right within the judge's own tolerance, which it derives from PyTorch's own error."""


@dataclass(frozen=True)
class Close:
    """Answers are right within absolute + relative * |expected|; both 0 where values are only moved."""

    absolute: float
    relative: float


@dataclass(frozen=True)
class Check:
    """The challenge decides itself: from inputs, expected and found outputs it says what is wrong, or "".

    All are on one device. Floats are expected in float64, and in timed samples in the outputs' own dtypes.
    """

    check: Callable[[Inputs, Outputs, Outputs], str]


Acceptance = Derived | Close | Check


@dataclass(frozen=True)
class Baseline:
    """A program that a solution is compared with: a function in a file of Python, called on the inputs.

    It returns the outputs, or the first few of them.
    """

    path: Path
    function: str


class Challenge(Protocol):
    """A challenge that is loaded. Each method raises BadInput where the challenge's own code fails.

    Its code is trusted. It knows no process: draws are made where they are asked for, and answers too.
    """

    @property
    def name(self) -> str:
        """What boards and solutions call it: the name by which it is found."""
        ...

    @property
    def path(self) -> Path:
        """Where it is written down, for messages."""
        ...

    @property
    def signature(self) -> Signature: ...

    @property
    def acceptance(self) -> Acceptance: ...

    @property
    def precision(self) -> str:
        """What PyTorch is allowed in the reference: ieee, tf32, or fp16 (accumulation)."""
        ...

    @property
    def deterministic(self) -> bool:
        """Whether a result that differs between two runs on the same inputs is wrong."""
        ...

    @property
    def baselines(self) -> dict[str, Baseline]:
        """By name, `torch` among them: the reference as a program that a runner can load."""
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
        """What correctness is judged on: the fixed cases, then shapes that nobody has seen."""
        ...

    def benchmarks(self, seed: int) -> list[Case]:
        """What is timed."""
        ...

    def draw(self, rng: Rng, shape: dict[str, Any]) -> Inputs:
        """The next inputs of a generator, on its device."""
        ...

    def check(self, inputs: Inputs) -> None:
        """Raises BadInput unless inputs are as the signature says."""
        ...

    def sizes(self, inputs: Inputs) -> Sizes:
        """The tensors of a call on these inputs, and its operations."""
        ...

    def answer(self, inputs: Inputs) -> Outputs:
        """The reference's outputs, in the challenge's own dtypes. It leaves the inputs as they are."""
        ...

    def golden(self, inputs: Inputs) -> Outputs:
        """The outputs that all others are measured by: in float64 where that means something."""
        ...


def drawn(challenge: Challenge, shape: dict[str, Any], seed: int, device: str) -> Inputs:
    """The inputs that follow from a seed, checked. Raises BadInput."""
    inputs = challenge.draw(Rng(seed, device), shape)
    challenge.check(inputs)
    return inputs


def sizes_of(challenge: Challenge, case: Case, device: str) -> Sizes:
    """The sizes of a case. The inputs drawn to learn them are not those that a submission will see. Raises
    BadInput.
    """
    return challenge.sizes(drawn(challenge, case.shape, derive(case.seed, "sizes"), device))
