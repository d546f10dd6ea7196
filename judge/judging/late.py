"""Inputs that are complete only while their own call runs.

In each pass a few calls get a part of an input just before they begin, by a copy in the chain, and lose it
just after they have ended. So a kernel that computes a call's answer earlier or later, in a batch with
others, finds other values. They are those of another set, moved, so that no two sets look alike. The number
of copies is the same in every pass, so that it cancels.
"""

import secrets

from torch import Tensor

from judge.engine.buffers import Pool
from judge.engine.memory import allocate
from judge.protocol import cuda

LATE = 2  # calls in a pass
_MOST = 64 << 10  # bytes of an input that come late
_ALIGNMENT = 16
_random = secrets.SystemRandom()


class LateInputs:
    """Late inputs for the passes over a pool. The true bytes are in memory of the judge's until the call."""

    def __init__(self, pool: Pool, device: str) -> None:
        self._pool = pool
        self._address = allocate(2 * LATE * _MOST)
        self._memory = cuda.as_tensor(self._address, 2 * LATE * _MOST, device)
        self.handle = cuda.export(self._address).hex()
        self._inputs = [t for t in pool.inputs if not t.is_written and t.bytes]
        self._rows: list[tuple[int, int, int, int]] = []  # call, set, first byte in the set, bytes
        self._true: list[Tensor] = []

    @property
    def sets(self) -> list[int]:
        """The sets whose inputs come late."""
        return [k for _, k, _, _ in self._rows]

    def choose(self, sets: list[int]) -> list[list[int]]:
        """Choose calls of a pass on some sets. Returns the copies as a player's `prepare` takes them: the
        call, the place in the pool, the bytes, and the places of the true and of the other bytes.
        """
        self._rows = []
        sets = sets or [_random.randrange(self._pool.count)]  # without a call the copies stand around nothing
        for _ in range(LATE if self._inputs else 0):
            tensor = _random.choice(self._inputs)
            size = min(_MOST, tensor.bytes)
            start = _random.randrange(0, tensor.bytes - size + 1) // _ALIGNMENT * _ALIGNMENT
            call = _random.randrange(len(sets))
            self._rows.append((call, sets[call], self._pool.offsets[tensor.name] + start, size))
        return [
            [call, k * self._pool.stride + start, size, *self._places(i)]
            for i, (call, k, start, size) in enumerate(self._rows)
        ]

    def _places(self, i: int) -> tuple[int, int]:
        return 2 * i * _MOST, (2 * i + 1) * _MOST

    def take_away(self) -> None:
        """Take the true bytes out of the inputs, and put those of other sets there."""
        self._true = []
        for _, k, start, size in self._rows:
            self._true.append(self._pool.memory[k, start : start + size].clone())
        for i, (_, k, start, size) in enumerate(self._rows):
            there, other = self._places(i)
            self._memory[there : there + size] = self._true[i]
            another = _random.choice([n for n in range(self._pool.count) if n != k])
            bytes_of_another = self._pool.memory[another, start : start + size]
            # Moved by whole elements, of 8 bytes at most.
            moved = 8 * _random.randrange(1, size // 8) if size >= 16 else 0
            self._memory[other : other + size] = bytes_of_another.roll(moved)
            self._pool.memory[k, start : start + size] = self._memory[other : other + size]

    def give_back(self) -> None:
        """Make the inputs complete again, to compare them."""
        for (_, k, start, size), true in zip(self._rows, self._true, strict=True):
            self._pool.memory[k, start : start + size] = true

    def close(self) -> None:
        self._memory = None
        if self._address:
            cuda.free(self._address)
            self._address = 0
