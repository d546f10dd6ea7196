"""A program's own memory while it is replayed: shared with its player, and put back before each pass."""

import secrets
from typing import Any

import torch
from torch import Tensor

from judge.protocol import cuda
from judge.protocol.recording import Memory

_ALIGNMENT = 2 << 20


def allocate(size: int) -> int:
    """Memory to share. What PyTorch only keeps for later is given back for it. Raises MemoryError."""
    try:
        return cuda.allocate(size)
    except MemoryError:
        torch.cuda.empty_cache()
        return cuda.allocate(size)


class OwnMemory:
    """The memory of a recording, in one allocation of the judge's. What it shall hold before a pass is kept
    in memory that no player can reach.

    Raises MemoryError if the GPU does not have enough.
    """

    def __init__(self, memory: tuple[Memory, ...], device: str) -> None:
        self._offsets, size = [], 0
        for each in memory:
            self._offsets.append(size)
            size += -(-each.size // _ALIGNMENT) * _ALIGNMENT
        self._address = allocate(size) if size else 0
        self._handle = cuda.export(self._address).hex() if size else ""
        self._memory = cuda.as_tensor(self._address, size, device) if size else None
        self._recorded, self._device = memory, device
        self._kept: list[tuple[int, Tensor]] = []

    @property
    def address(self) -> int:
        """Where it begins in this process."""
        return self._address

    @property
    def rows(self) -> list[list[Any]]:
        """A row [handle, offset] for each memory, as a player's `map` takes them."""
        return [[self._handle, offset] for offset in self._offsets]

    def settle(self, base: int) -> None:
        """Make the contents ready: in the player this memory begins at `base`, which pointers in it must
        know.
        """
        for offset, each in zip(self._offsets, self._recorded, strict=True):
            if each.contents is None:
                continue
            contents = bytearray(each.contents)
            for pointer in each.pointers:
                address = base + self._offsets[pointer.place.range - 1] + pointer.place.offset
                contents[pointer.at : pointer.at + 8] = address.to_bytes(8, "little")
            self._kept.append((offset, torch.frombuffer(contents, dtype=torch.uint8).to(self._device)))

    def restore(self) -> None:
        """Put the contents back, and something random where there are none."""
        if self._memory is not None:
            self._memory.fill_(secrets.randbelow(256))
            for offset, contents in self._kept:
                self._memory[offset : offset + len(contents)] = contents

    def close(self) -> None:
        self._memory = None
        if self._address:
            cuda.free(self._address)
            self._address = 0
