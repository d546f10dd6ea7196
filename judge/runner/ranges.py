"""The memory that the pointers of a call lead to, as ranges of this process and offsets in them."""

import ctypes
from collections.abc import Sequence
from ctypes import byref, c_int, c_size_t, c_uint64
from typing import Any

import numpy as np
import torch

from judge.protocol import graphs
from judge.protocol.cuda import check
from judge.protocol.recording import Memory, Place, Pointer
from judge.runner.errors import NotReplayable

_CONTENTS = 192 << 20  # bytes of all contents
_MEMORY_TYPE, _IS_MANAGED = 2, 8  # CUpointer_attribute
_LEAST_ADDRESS = 1 << 20  # no memory of a GPU lies below


class Ranges:
    """Range 0 is the set of buffers at `start`, of `size` bytes. The others are found where pointers lead.

    `pool` is the identity of a graph's own memory pool, in which a call's allocations are. `returned` has
    address, bytes, and offset in the buffers for memory that a place in the buffers shall stand for.
    """

    def __init__(
        self, start: int, size: int, pool: tuple[Any, ...], returned: Sequence[tuple[int, int, int]]
    ) -> None:
        self._driver = graphs.graph_driver()
        self._ranges = [(start, size)]
        self._contents: list[bytes | None] = []
        self._pointers: list[tuple[Pointer, ...]] = []
        self._segments = torch.cuda.memory_snapshot()  # type: ignore[no-untyped-call]
        self._pool, self._returned = pool, returned

    def memory(self) -> tuple[Memory, ...]:
        """The ranges other than the buffers, as a recording has them. Raises NotReplayable."""
        self._follow()
        ranges = zip(self._ranges[1:], self._contents, self._pointers, strict=True)
        return tuple(Memory(size, contents, pointers) for (_, size), contents, pointers in ranges)

    def known(self, address: int) -> Place:
        """The place of an address that a node copies or sets. Raises NotReplayable if there is none."""
        place = self.place(address)
        if place is None:
            raise NotReplayable("a call copies or sets memory that is not the device's")
        return place

    def place(self, address: int) -> Place | None:
        """The place of an address, None if there is no memory of the device."""
        if address < _LEAST_ADDRESS or address >= 1 << 57:
            return None
        for start, size, offset in self._returned:
            if start <= address < start + size:
                return Place(0, address - start + offset)
        for number, (start, size) in enumerate(self._ranges):
            if start <= address < start + size:
                return Place(number, address - start)
        found = self._allocation(address)
        if found is None:
            return None
        start, size, has_contents = found
        self._ranges.append((start, size))
        self._contents.append(self.read(start, size) if has_contents else None)
        self._pointers.append(())
        return Place(len(self._ranges) - 1, address - start)

    def _allocation(self, address: int) -> tuple[int, int, bool] | None:
        """The allocation at an address: its start, its bytes, and whether it is older than the call."""
        for segment in self._segments:
            if segment["address"] <= address < segment["address"] + segment["total_size"]:
                if tuple(segment.get("segment_pool_id", ())) == self._pool:
                    return segment["address"], segment["total_size"], False
                for block in segment["blocks"]:
                    if block["address"] <= address < block["address"] + block["size"]:
                        return block["address"], block["size"], True
        start, size, kind = c_uint64(), c_size_t(), c_int()
        if self._driver.cuPointerGetAttribute(byref(kind), _MEMORY_TYPE, address):
            return None
        managed = c_int()
        self._driver.cuPointerGetAttribute(byref(managed), _IS_MANAGED, address)
        if kind.value != graphs.DEVICE_MEMORY or managed.value:
            raise NotReplayable("a kernel is given memory of the host")
        check(self._driver.cuMemGetAddressRange_v2(byref(start), byref(size), address), "asking for a range")
        return start.value, size.value, True

    def read(self, address: int, size: int) -> bytes:
        """A copy of some memory. Raises NotReplayable if there is too much to keep."""
        held = sum(len(each or b"") for each in self._contents)
        if held + size > _CONTENTS:
            raise NotReplayable(f"it keeps more than {_CONTENTS >> 20} MiB from one call to the next")
        value = ctypes.create_string_buffer(size)
        check(self._driver.cuMemcpyDtoH_v2(value, address, size), "reading memory")
        return value.raw

    def _follow(self) -> None:
        """Find the pointers in the contents of memory. They may lead to more memory."""
        number = 0
        while number < len(self._contents):
            contents = self._contents[number]
            if contents:
                self._contents[number], self._pointers[number] = self._relocated(contents)
            number += 1

    def addresses(self, contents: bytes) -> tuple[np.ndarray, list[int]]:
        """The words of some contents, and the numbers of those that are addresses of memory here."""
        words = np.frombuffer(contents, "<u8", len(contents) // 8).copy()
        found = np.zeros(len(words), bool)
        for start, size in [(s["address"], s["total_size"]) for s in self._segments] + self._ranges:
            found |= (words >= start) & (words < start + size)
        return words, np.nonzero(found)[0].tolist()

    def _relocated(self, contents: bytes) -> tuple[bytes, tuple[Pointer, ...]]:
        words, addresses = self.addresses(contents)
        pointers = []
        for word in addresses:
            place = self.place(int(words[word]))
            if place is None:
                continue
            if place.range == 0:
                raise NotReplayable("its memory holds addresses of the buffers that a call is given")
            pointers.append(Pointer(8 * word, place))
            words[word] = 0
        return words.tobytes() + contents[8 * len(words) :], tuple(pointers)
