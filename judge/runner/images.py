"""Keeps the image of every kernel that the driver loads into this process: Triton's, PyTorch's, anybody's.

The driver gives no way back from a function to its image. CUPTI is told of each image that is loaded, and
PyTorch brings CUPTI with it.

Source: CUPTI, "CUPTI Callback API" (CUPTI_CBID_RESOURCE_MODULE_LOADED), cupti_callbacks.h.
"""

import ctypes
import gc
from typing import Any

_RESOURCE_DOMAIN, _MODULE_LOADED = 3, 6


class _Resource(ctypes.Structure):
    """CUpti_ResourceData."""

    _fields_ = [("context", ctypes.c_void_p), ("handle", ctypes.c_void_p), ("descriptor", ctypes.c_void_p)]


class _Module(ctypes.Structure):
    """CUpti_ModuleResourceData."""

    _fields_ = [("id", ctypes.c_uint), ("size", ctypes.c_size_t), ("image", ctypes.c_void_p)]


_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)


class Images:
    """The images that were loaded since `watch`."""

    def __init__(self) -> None:
        self._loaded: dict[bytes, None] = {}  # in their order, each once
        self._callback = _CALLBACK(self._called)  # must live as long as the subscription

    def watch(self) -> None:
        """Keep images from now on. Without CUPTI, only those of Triton's own kernels are known."""
        with open("/proc/self/maps") as maps:
            paths = {line.split()[-1] for line in maps if "libcupti.so" in line}
        subscriber = ctypes.c_void_p()
        for path in paths:
            cupti = ctypes.CDLL(path)
            if cupti.cuptiSubscribe(ctypes.byref(subscriber), self._callback, None) == 0:
                cupti.cuptiEnableDomain(1, subscriber, _RESOURCE_DOMAIN)

    def _called(self, user: Any, domain: int, what: int, data: int) -> None:
        if (domain, what) == (_RESOURCE_DOMAIN, _MODULE_LOADED):
            resource = _Resource.from_address(data)
            module = _Module.from_address(resource.descriptor)
            self._loaded[ctypes.string_at(module.image, module.size)] = None

    def of(self, function: int, name: str) -> bytes | None:
        """The image of a kernel, None if it is not known for certain."""
        from triton.compiler import CompiledKernel

        # Triton loads many images with kernels of one name, and knows the function of each.
        for found in gc.get_objects():
            if isinstance(found, CompiledKernel) and getattr(found, "function", None) == function:
                return bytes(found.asm["cubin"])
        having = [image for image in self._loaded if name.encode() + b"\0" in image]
        return having[0] if len(having) == 1 else None
