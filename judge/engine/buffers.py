"""The memory that judge and runner share. It holds the tensors of a case and nothing else.

A pool holds K sets of one case's tensors, in the order of its signature. Each tensor is aligned as PyTorch
aligns its own (512 bytes) and has guard bands on both sides. On a GPU the pool is one allocation that is
shared by CUDA IPC. On the CPU it is a sealed memfd. If a GPU cannot share its memory, the pool is a memfd
that the runner copies from and to.

    | guard | tensor | guard | tensor | guard | tensor | guard |  = one set, `stride` bytes
"""

import fcntl
import mmap
import os
import secrets
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from judge.challenges.protocol import Inputs, TensorShape
from judge.engine.device import Device
from judge.engine.memory import allocate
from judge.protocol import cuda
from judge.verdict.diagnosis import ChangedInput, Overrun

ALIGNMENT = 512
GUARD = 16 << 10  # bytes: a write that is a block of 1024 float64 too far hits it

_SMALL = 8 << 20  # bytes of an output
_LOOKED_AT = 64  # elements of an output of each set

Sharing = Literal["ipc", "staged", "memfd"]


def sharing(device: Device) -> Sharing:
    """The way to share this device's memory. JUDGE_SHARING=staged chooses the one without CUDA IPC."""
    if not device.is_gpu:
        return "memfd"
    if os.environ.get("JUDGE_SHARING") == "staged":
        return "staged"
    torch.zeros(1, device=device.torch_name)  # creates the context that allocating needs
    address = cuda.allocate(1)
    try:
        cuda.export(address)
        return "ipc"
    except RuntimeError:
        return "staged"
    finally:
        cuda.free(address)


class Pool:
    """`count` sets of tensors in shared memory; `device` is where the judge computes with them."""

    def __init__(
        self,
        tensors: list[TensorShape],
        device: str,
        how: Sharing,
        count: int = 1,
    ) -> None:
        self.tensors = tensors
        self.inputs = [t for t in tensors if t.is_read]
        self.outputs = [t for t in tensors if t.is_written]
        self.device, self.how, self.count = device, how, count
        self.offsets, self._guards, self.stride = layout(tensors)
        self._guard_byte = secrets.randbelow(256)
        self._poisons: dict[str, Tensor] = {}
        self.descriptor = -1
        self._address = 0
        size = self.stride * count
        if how == "ipc":
            self._address = allocate(size)
            memory = cuda.as_tensor(self._address, size, device)
        else:
            self.descriptor = os.memfd_create("judge", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            os.ftruncate(self.descriptor, size)
            # Without the seals the runner could shrink the file while the judge uses it.
            seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
            fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, seals)
            memory = torch.frombuffer(mmap.mmap(self.descriptor, size), dtype=torch.uint8)
        self.memory: Tensor = memory.view(count, self.stride)
        self.memory.fill_(self._guard_byte)
        self._input_views = [{t.name: self.view(k, t) for t in self.inputs} for k in range(count)]

    def close(self) -> None:
        """Give the memory back. The runner should have unmapped it."""
        self.memory = torch.empty(0)
        self._input_views = []
        if self._address:
            cuda.free(self._address)
            self._address = 0
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def handle(self) -> str:
        """The handle by which another process opens the memory, "" without CUDA IPC."""
        return cuda.export(self._address).hex() if self.how == "ipc" else ""

    def description(self, names: list[str], values: Inputs) -> dict[str, Any]:
        """The description of the arguments `names`, as a runner's `map` takes it. `values` has the values of
        those that are not tensors.
        """
        tensors = [
            [
                t.name,
                self.offsets[t.name],
                t.bytes,
                str(t.dtype).removeprefix("torch."),
                list(t.shape),
            ]
            for t in self.tensors
        ]
        rows = {row[0]: i for i, row in enumerate(tensors)}
        arguments = [{"tensor": rows[n]} if n in rows else {"value": values[n]} for n in names]
        return dict(
            kind=self.how,
            count=self.count,
            stride=self.stride,
            tensors=tensors,
            arguments=arguments,
            handle=self.handle,
        )

    # -- before a call ----------------------------------------------------------------------------

    def write(self, k: int, inputs: Inputs) -> None:
        for name, view in self._input_views[k].items():
            view.copy_(inputs[name])

    def fill(self, inputs: Sequence[Inputs]) -> None:
        """Write the inputs of the first sets, all in a few operations: one for each would take longer."""
        for tensor in self.inputs if inputs else ():
            views = [_bits(self._input_views[k][tensor.name]) for k in range(len(inputs))]
            torch._foreach_copy_(views, [_bits(each[tensor.name]) for each in inputs])

    def poison(self) -> None:
        """Fill each tensor that is only written, in every set, with a new random value. A right answer is not
        likely to have this value.
        """
        for tensor in self.outputs:
            if tensor.is_read:
                continue
            pattern = _bits(_pattern(tensor.dtype))
            self._poisons[tensor.name] = pattern
            self._column(tensor).fill_(pattern.item())

    # -- after a call -----------------------------------------------------------------------------

    def read(self, k: int) -> dict[str, Tensor]:
        """Copies of one set's outputs, in the judge's own memory."""
        read = {}
        for t in self.outputs:
            start = self.offsets[t.name]
            # Copied as bytes: a copy of booleans would turn every byte that is not 0 into 1.
            held = self.memory[k, start : start + t.bytes].to(self.device, copy=True)
            read[t.name] = held.view(t.dtype).view(t.shape)
        return read

    def unwritten(self, name: str, values: Tensor) -> Tensor:
        """A mask of the elements that still hold their poison. An output that held an input has none."""
        if name not in self._poisons:
            return torch.zeros(values.shape, dtype=torch.bool, device=values.device)
        return _bits(values) == self._poisons[name].to(values.device)

    def touched(self, sets: list[int]) -> str:
        """The name of the first output that is written in one of some sets, "" if there is none."""
        for tensor in self.outputs:
            if tensor.name not in self._poisons or not sets or not tensor.elements:
                continue
            pattern = self._poisons[tensor.name].to(self.memory.device)
            if tensor.bytes < _SMALL:  # all sets at once: a call for each would take longer
                written = (self._column(tensor) != pattern).any(1)
                if bool(written[torch.tensor(sets, device=written.device)].any()):
                    return tensor.name
            elif any(bool((_bits(self.view(k, tensor)) != pattern).any()) for k in sets):
                return tensor.name
        return ""

    def untouched(self, sets: list[int]) -> str:
        """The name of the first output of which one of some sets has no written element among those that are
        looked at, "" if there is none.
        """
        for tensor in self.outputs:
            if tensor.name not in self._poisons or not sets or not tensor.elements:
                continue
            column = self._column(tensor)
            rows = torch.tensor(sets, device=column.device)
            places = torch.randint(column.shape[1], (1, _LOOKED_AT), device=column.device)
            values = column[rows[:, None], places]
            if bool((values == self._poisons[tensor.name].to(values.device)).all(1).any()):
                return tensor.name
        return ""

    def changed_input(self, k: int, inputs: Inputs) -> ChangedInput | None:
        """The first input that is not as it was written, None if all are."""
        for tensor in self.inputs:
            if tensor.is_written:
                continue
            held = self.view(k, tensor)
            if not identical(held, inputs[tensor.name].to(held.device)):
                return ChangedInput(tensor.name)
        return None

    def broken_guard(self) -> Overrun | None:
        """The first place where bytes outside the tensors were changed, None if none were."""
        for first, past, left, right in self._guards:
            changed = (self.memory[:, first:past] != self._guard_byte).any(0)
            if changed.any():
                where = changed.nonzero()
                to_left, to_right = int(where[0]) + 1, past - first - int(where[-1])
                if left and (not right or to_left <= to_right):
                    return Overrun(left, "after", int(where[-1]) + 1)
                return Overrun(right, "before", past - first - int(where[0]))
        return None

    def view(self, k: int, tensor: TensorShape) -> Tensor:
        """A tensor of a set, in the shared memory itself."""
        start = self.offsets[tensor.name]
        return self.memory[k, start : start + tensor.bytes].view(tensor.dtype).view(tensor.shape)

    def _column(self, tensor: TensorShape) -> Tensor:
        """One tensor in all sets, [count, elements]. Elements of one byte are given as uint8."""
        start = self.offsets[tensor.name]
        dtype = torch.uint8 if tensor.dtype.itemsize == 1 else tensor.dtype
        return self.memory[:, start : start + tensor.bytes].view(dtype)


def layout(tensors: list[TensorShape]) -> tuple[dict[str, int], list[tuple[int, int, str, str]], int]:
    """The offset of each tensor in a set; the guards, each with its first byte, its end, the tensors before
    and after it; and the bytes from one set to the next.
    """
    offsets: dict[str, int] = {}
    guards: list[tuple[int, int, str, str]] = []
    place, left = 0, ""
    for tensor in tensors:
        start = _aligned(place + GUARD)
        guards.append((place, start, left, tensor.name))
        offsets[tensor.name] = start
        place, left = start + tensor.bytes, tensor.name
    stride = _aligned(place + GUARD)
    guards.append((place, stride, left, ""))
    return offsets, guards, stride


def identical(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors on one device are equal bit for bit."""
    bits = [values.contiguous().view(-1).view(torch.uint8) for values in (one, other)]
    return torch.equal(*bits)


def _aligned(place: int) -> int:
    return -(-place // ALIGNMENT) * ALIGNMENT


def _bits(values: Tensor) -> Tensor:
    return values.view(torch.uint8) if values.dtype.itemsize == 1 else values


def _pattern(dtype: torch.dtype) -> Tensor:
    """A random element: a float in [64, 128), which all formats can hold; any integer; for bool, a byte that
    is neither 0 nor 1.
    """
    if dtype == torch.bool:
        return torch.tensor(2 + secrets.randbelow(254), dtype=torch.uint8)
    if dtype.is_floating_point or dtype.is_complex:
        return torch.tensor(64 + secrets.randbelow(1 << 24) * 2.0**-18, dtype=torch.float64).to(dtype)
    info = torch.iinfo(dtype)
    return torch.tensor(info.min + secrets.randbelow(info.max - info.min + 1), dtype=dtype)
