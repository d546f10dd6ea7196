"""GPU memory that two processes share: CUDA's legacy IPC, through the driver API.

An exported handle opens the whole allocation that it points into. So each pool is an allocation of its own,
and its size is a multiple of the driver's granule of 2 MiB: no other memory of the judge can be in it. Both
sides use this module.

Source: CUDA Driver API, "Memory Management" (cuMemAlloc, cuIpcGetMemHandle, cuIpcOpenMemHandle).
"""

import contextlib
import ctypes
import threading
from functools import cache
from typing import Any

GRANULE = 2 << 20
HANDLE_BYTES = 64
_OUT_OF_MEMORY = 2


class _Handle(ctypes.Structure):
    _fields_ = [("reserved", ctypes.c_char * HANDLE_BYTES)]


@cache
def driver() -> ctypes.CDLL:
    """The CUDA driver. Raises OSError if there is none."""
    library = ctypes.CDLL("libcuda.so.1")
    library.cuIpcOpenMemHandle_v2.argtypes = [ctypes.c_void_p, _Handle, ctypes.c_uint]
    library.cuMemAlloc_v2.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    for name in ("cuMemFree_v2", "cuIpcCloseMemHandle"):
        getattr(library, name).argtypes = [ctypes.c_uint64]
    library.cuIpcGetMemHandle.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
    return library


def start_context(index: int = 0) -> None:
    """Make the context of a GPU in another thread, which takes half a second. PyTorch then finds it. Without
    a driver nothing happens: who needs it says what is wrong.
    """

    def make() -> None:
        with contextlib.suppress(OSError):
            device, context = ctypes.c_int(), ctypes.c_void_p()
            if driver().cuInit(0) == 0 and driver().cuDeviceGet(ctypes.byref(device), index) == 0:
                driver().cuDevicePrimaryCtxRetain(ctypes.byref(context), device)

    threading.Thread(target=make, daemon=True).start()


def check(code: int, what: str) -> None:
    """Raise RuntimeError if a driver call returned an error."""
    if code != 0:
        name = ctypes.c_char_p()
        driver().cuGetErrorName(code, ctypes.byref(name))
        raise RuntimeError(f"{what}: {(name.value or b'error').decode()} ({code})")


def allocate(size: int) -> int:
    """Allocate `size` bytes in the current CUDA context, rounded up to whole granules. Returns the address.

    Raises MemoryError if the device does not have enough memory.
    """
    address = ctypes.c_uint64()
    rounded = -(-max(size, 1) // GRANULE) * GRANULE
    code = driver().cuMemAlloc_v2(ctypes.byref(address), rounded)
    if code == _OUT_OF_MEMORY:
        raise MemoryError(f"the GPU does not have {rounded} bytes left to share")
    check(code, "allocating shared memory")
    return address.value


def free(address: int) -> None:
    check(driver().cuMemFree_v2(address), "freeing shared memory")


def export(address: int) -> bytes:
    """The handle by which another process opens this allocation. Raises RuntimeError if IPC is missing."""
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


class _Copy2D(ctypes.Structure):
    """CUDA_MEMCPY2D."""

    _fields_ = [
        ("srcXInBytes", ctypes.c_size_t),
        ("srcY", ctypes.c_size_t),
        ("srcMemoryType", ctypes.c_int),
        ("srcHost", ctypes.c_void_p),
        ("srcDevice", ctypes.c_uint64),
        ("srcArray", ctypes.c_void_p),
        ("srcPitch", ctypes.c_size_t),
        ("dstXInBytes", ctypes.c_size_t),
        ("dstY", ctypes.c_size_t),
        ("dstMemoryType", ctypes.c_int),
        ("dstHost", ctypes.c_void_p),
        ("dstDevice", ctypes.c_uint64),
        ("dstArray", ctypes.c_void_p),
        ("dstPitch", ctypes.c_size_t),
        ("WidthInBytes", ctypes.c_size_t),
        ("Height", ctypes.c_size_t),
    ]


def row_copy(host: int, host_pitch: int, device: int, device_pitch: int, width: int, rows: int) -> Any:
    """The description of a copy, for start_copy: `rows` rows of `width` bytes from the device to pinned host
    memory. A pitch is the number of bytes from one row to the next.
    """
    return _Copy2D(
        srcMemoryType=2,  # CU_MEMORYTYPE_DEVICE
        srcDevice=device,
        srcPitch=device_pitch,
        dstMemoryType=1,  # CU_MEMORYTYPE_HOST
        dstHost=host,
        dstPitch=host_pitch,
        WidthInBytes=width,
        Height=rows,
    )


def start_copy(copy: Any, stream: int) -> None:
    check(driver().cuMemcpy2DAsync_v2(ctypes.byref(copy), ctypes.c_void_p(stream)), "taking a snapshot")


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
    """A uint8 tensor over `size` bytes at `address`. It does not own them."""
    import torch

    return torch.as_tensor(_Memory(address, size), device=device)
