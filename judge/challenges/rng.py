"""Random numbers for challenges. All draws follow from one seed and the device that they are made on."""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


def derive(seed: int, *purpose: object) -> int:
    """A 63-bit seed for one purpose. It comes from SHA-256, so one draw tells nothing about the next."""
    text = ":".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def fresh_seed() -> int:
    """A seed of 53 bits of the system's entropy: too many to guess, and exact in any JSON reader."""
    return secrets.randbits(53)


class Rng:
    """The random generator that a challenge's `fuzz` and `inputs` draw from.

    The streams of CPU and CUDA differ, so a seed replays exactly only on the device that it was printed on.
    """

    def __init__(self, seed: int, device: str = "cpu") -> None:
        self.device = torch.device(device)
        self._seed = seed
        self.values = torch.Generator("cpu")
        self.rewind_values()
        self.tensors = torch.Generator(self.device)
        self.reseed(seed)

    def rewind_values(self) -> None:
        """Start the stream of single values again. The stream of tensors goes on."""
        self.values.manual_seed(derive(self._seed, "values"))

    def reseed(self, seed: int) -> None:
        """Start the stream of tensors from another seed. The stream of single values goes on."""
        self.tensors.manual_seed(derive(seed, "tensors"))

    def integer(self, low: int, high: int) -> int:
        """A random whole number from low to high, both included."""
        return int(torch.randint(low, high + 1, (), generator=self.values))

    def choice(self, sequence: Sequence[T]) -> T:
        """A random element of a sequence."""
        return sequence[self.integer(0, len(sequence) - 1)]

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """A tensor of standard normal numbers."""
        return torch.randn(shape, dtype=dtype, device=self.device, generator=self.tensors)

    def uniform(
        self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> Tensor:
        """A tensor of uniform numbers from low to high. Rounding to a narrow dtype may give high itself."""
        unit: Tensor = torch.rand(shape, dtype=dtype, device=self.device, generator=self.tensors)
        return unit * (high - low) + low

    def integers(self, *shape: int, low: int, high: int, dtype: torch.dtype = torch.int32) -> Tensor:
        """A tensor of random whole numbers from low to high, both included."""
        arguments: dict[str, Any] = dict(device=self.device, generator=self.tensors)
        return torch.randint(low, high + 1, shape, dtype=dtype, **arguments)

    def permutation(self, n: int) -> Tensor:
        """The numbers 0 to n - 1 in random order, in int64."""
        return torch.randperm(n, device=self.device, generator=self.tensors)
