"""GPU memory that two processes share: CUDA's legacy IPC, through the driver API.

An exported handle opens the whole allocation it points into, so each pool is an allocation of its own, a
multiple of the driver's 2 MiB granule: nothing of the judge's can lie beside it. Both sides use this module.

Source: CUDA Driver API, "Memory Management" (cuMemAlloc, cuIpcGetMemHandle, cuIpcOpenMemHandle).
"""

import ctypes
from functools import cache
from typing import Any

GRANULE = 2 << 20
HANDLE_BYTES = 64
_OUT_OF_MEMORY = 2


class _Handle(ctypes.Structure):
    _fields_ = [("reserved", ctypes.c_char * HANDLE_BYTES)]


@cache
def driver() -> ctypes.CDLL:
    """The CUDA driver. Raises OSError where there is none."""
    library = ctypes.CDLL("libcuda.so.1")
    library.cuIpcOpenMemHandle_v2.argtypes = [ctypes.c_void_p, _Handle, ctypes.c_uint]
    library.cuMemAlloc_v2.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    for name in ("cuMemFree_v2", "cuIpcCloseMemHandle"):
        getattr(library, name).argtypes = [ctypes.c_uint64]
    library.cuIpcGetMemHandle.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
    return library


def check(code: int, what: str) -> None:
    """Raise RuntimeError if a driver call returned an error."""
    if code != 0:
        name = ctypes.c_char_p()
        driver().cuGetErrorName(code, ctypes.byref(name))
        raise RuntimeError(f"{what}: {(name.value or b'error').decode()} ({code})")


def allocate(size: int) -> int:
    """Allocate `size` bytes in the current CUDA context, rounded up to whole granules. Returns the address.

    Raises MemoryError if the device has not as much.
    """
    address = ctypes.c_uint64()
    rounded = -(-max(size, 1) // GRANULE) * GRANULE
    code = driver().cuMemAlloc_v2(ctypes.byref(address), rounded)
    if code == _OUT_OF_MEMORY:
        raise MemoryError(f"the GPU has no {rounded} bytes to share")
    check(code, "allocating shared memory")
    return address.value


def free(address: int) -> None:
    check(driver().cuMemFree_v2(address), "freeing shared memory")


def export(address: int) -> bytes:
    """The handle by which another process opens this allocation. Raises RuntimeError where IPC is missing."""
    handle = _Handle()
    check(driver().cuIpcGetMemHandle(ctypes.byref(handle), address), "exporting shared memory")
    return bytes(ctypes.string_at(ctypes.byref(handle), HANDLE_BYTES))


def open_handle(handle: bytes) -> int:
    """Map another process's allocation into this one. Returns its address here."""
    address = ctypes.c_uint64()
    shared = _Handle.from_buffer_copy(handle)
    check(driver().cuIpcOpenMemHandle_v2(ctypes.byref(address), shared, 1), "opening shared memory")
    return address.value


def close_handle(address: int) -> None:
    check(driver().cuIpcCloseMemHandle(address), "closing shared memory")


class _Memory:
    """Describes an address to torch (the CUDA Array Interface, version 3)."""

    def __init__(self, address: int, size: int) -> None:
        self.__cuda_array_interface__ = {
            "shape": (size,),
            "typestr": "|u1",
            "data": (address, False),
            "strides": None,
            "version": 3,
        }


def as_tensor(address: int, size: int, device: str = "cuda") -> Any:
    """A uint8 tensor over `size` bytes at `address`, not owning them."""
    import torch

    return torch.as_tensor(_Memory(address, size), device=device)
