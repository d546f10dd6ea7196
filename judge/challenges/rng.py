"""Random numbers for challenges. All draws follow from one seed and the device that they are made on."""

import hashlib
import random
import secrets
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")
WEIGHT = 16.0  # times as large are the heavy parts of normal numbers
MOST_PARTS, LEAST_SIZE = 3, 16  # heavy parts beside the tail, and the size of an axis that may have some


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

    With `heavy`, some parts of each tensor weigh more than the rest, its tail among them: normal numbers are
    larger there, uniform ones near the upper end. So no part can be left out, or computed less exactly, and
    be lost in the average.
    """

    def __init__(self, seed: int, device: str = "cpu", heavy: bool = False) -> None:
        self.device = torch.device(device)
        self._parts = random.Random(derive(seed, "heavy")) if heavy else None
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
        if self._parts:
            self._parts.seed(derive(seed, "heavy"))

    def integer(self, low: int, high: int) -> int:
        """A random whole number from low to high, both included."""
        return int(torch.randint(low, high + 1, (), generator=self.values))

    def choice(self, sequence: Sequence[T]) -> T:
        """A random element of a sequence."""
        return sequence[self.integer(0, len(sequence) - 1)]

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """A tensor of standard normal numbers."""
        drawn = torch.randn(shape, dtype=dtype, device=self.device, generator=self.tensors)
        for part in self._heavy_parts(drawn):
            part.mul_(WEIGHT)
        return drawn

    def uniform(
        self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> Tensor:
        """A tensor of uniform numbers from low to high. Rounding to a narrow dtype may give high itself."""
        unit: Tensor = torch.rand(shape, dtype=dtype, device=self.device, generator=self.tensors)
        for part in self._heavy_parts(unit):
            part.mul_(1 / WEIGHT).add_(1 - 1 / WEIGHT)
        return unit * (high - low) + low

    def integers(self, *shape: int, low: int, high: int, dtype: torch.dtype = torch.int32) -> Tensor:
        """A tensor of random whole numbers from low to high, both included."""
        arguments: dict[str, Any] = dict(device=self.device, generator=self.tensors)
        return torch.randint(low, high + 1, shape, dtype=dtype, **arguments)

    def permutation(self, n: int) -> Tensor:
        """The numbers 0 to n - 1 in random order, in int64."""
        return torch.randperm(n, device=self.device, generator=self.tensors)

    def _heavy_parts(self, drawn: Tensor) -> Iterator[Tensor]:
        """Parts of a tensor that do not overlap: a tail and some others, of up to a 16th of an axis each."""
        axes = [axis for axis, size in enumerate(drawn.shape) if size >= LEAST_SIZE]
        if not axes or not self._parts:
            return
        axis = self._parts.choice(axes)
        size = drawn.shape[axis]
        tail = self._parts.randint(1, size // 16)
        yield drawn.narrow(axis, size - tail, tail)
        for slot in self._parts.sample(
            range(14), MOST_PARTS
        ):  # of 16 and more, the last of which has the tail
            width = self._parts.randint(1, size // 16)
            yield drawn.narrow(axis, slot * (size // 16), width)
