"""Random numbers for challenges: every draw follows from one seed, on the device that it is drawn on."""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


def derive(seed: int, *purpose: object) -> int:
    """A 63-bit seed for one purpose. Knowing one draw says nothing of the next: the seeds pass SHA-256."""
    text = ":".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def fresh_seed() -> int:
    """53 bits of the operating system's entropy: too many to guess, and exact in any JSON reader."""
    return secrets.randbits(53)


class Rng:
    """What a challenge's `fuzz` and `inputs` draw from.

    The streams of CPU and CUDA differ: a seed replays exactly on the device it was printed on.
    """

    def __init__(self, seed: int, device: str = "cpu") -> None:
        self.device = torch.device(device)
        self._seed = seed
        self.values = torch.Generator("cpu")
        self.rewind_values()
        self.tensors = torch.Generator(self.device)
        self.reseed(seed)

    def rewind_values(self) -> None:
        """Draw the same single values again; tensors go on."""
        self.values.manual_seed(derive(self._seed, "values"))

    def reseed(self, seed: int) -> None:
        """Draw the tensors that follow from another seed; single values go on."""
        self.tensors.manual_seed(derive(seed, "tensors"))

    def integer(self, low: int, high: int) -> int:
        """One whole number, both ends included."""
        return int(torch.randint(low, high + 1, (), generator=self.values))

    def choice(self, sequence: Sequence[T]) -> T:
        """One element."""
        return sequence[self.integer(0, len(sequence) - 1)]

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Standard normal numbers."""
        return torch.randn(shape, dtype=dtype, device=self.device, generator=self.tensors)

    def uniform(
        self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> Tensor:
        """Uniform numbers from low to high; rounding to a narrow dtype may give high itself."""
        unit: Tensor = torch.rand(shape, dtype=dtype, device=self.device, generator=self.tensors)
        return unit * (high - low) + low

    def integers(self, *shape: int, low: int, high: int, dtype: torch.dtype = torch.int32) -> Tensor:
        """Whole numbers, both ends included."""
        arguments: dict[str, Any] = dict(device=self.device, generator=self.tensors)
        return torch.randint(low, high + 1, shape, dtype=dtype, **arguments)

    def permutation(self, n: int) -> Tensor:
        """0 to n - 1 in random order, int64."""
        return torch.randperm(n, device=self.device, generator=self.tensors)
