"""The parts of the CUDA driver's graph API that recording and replaying need, as ctypes sees them.

Source: CUDA Driver API, "Graph Management", and cuda.h for the layouts.
"""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_ubyte, c_uint, c_uint64, c_void_p
from functools import cache

from judge.protocol.cuda import check, driver

KERNEL, COPY, MEMSET, EMPTY = 0, 1, 2, 5  # CUgraphNodeType
NODE_TYPES = {
    3: "a call of the host",
    4: "a graph in a graph",
    6: "a wait for an event",
    7: "an event",
    8: "a semaphore",
    9: "a semaphore",
    10: "an allocation of CUDA's own",
    11: "a release of CUDA's own",
    12: "batched memory operations",
    13: "a condition",
}
DEVICE_MEMORY, UNIFIED_MEMORY = 2, 4  # CUmemorytype

# CUlaunchAttributeID. Those that a recording keeps:
COOPERATIVE, CLUSTER, SPREADING, CARVEOUT = 2, 4, 5, 14
ATTRIBUTES = (COOPERATIVE, CLUSTER, SPREADING, CARVEOUT)
# Those that must be as they are by default, [the first four words]. Programmatic launches become edges; a
# priority changes no result, and is left out.
FOREIGN = {
    1: "an access policy",
    9: "a map of memory domains",
    10: "a memory domain",
    11: "a preferred cluster",
    13: "updates from the device",
}
DEFAULTS = {which: (0, 0, 0, 0) for which in FOREIGN} | {9: (256, 0, 0, 0)}

FUNCTION_CARVEOUT = 9  # CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT
_BUFFER_POINTER = 1  # CU_LAUNCH_PARAM_BUFFER_POINTER

PROGRAMMATIC = 1  # both CUgraphKernelNodePortType and CUgraphDependencyType


class KernelParams(ctypes.Structure):
    """CUDA_KERNEL_NODE_PARAMS_v2."""

    _fields_ = [
        ("function", c_void_p),
        ("grid", c_uint * 3),
        ("block", c_uint * 3),
        ("shared", c_uint),
        ("params", POINTER(c_void_p)),
        ("extra", c_void_p),
        ("kernel", c_void_p),
        ("context", c_void_p),
    ]


class MemsetParams(ctypes.Structure):
    """CUDA_MEMSET_NODE_PARAMS."""

    _fields_ = [
        ("to", c_uint64),
        ("pitch", c_size_t),
        ("value", c_uint),
        ("element", c_uint),
        ("width", c_size_t),
        ("height", c_size_t),
    ]


class CopyParams(ctypes.Structure):
    """CUDA_MEMCPY3D."""

    _fields_ = [
        ("from_x", c_size_t),
        ("from_y", c_size_t),
        ("from_z", c_size_t),
        ("from_level", c_size_t),
        ("from_type", c_int),
        ("from_host", c_void_p),
        ("from_device", c_uint64),
        ("from_array", c_void_p),
        ("reserved0", c_void_p),
        ("from_pitch", c_size_t),
        ("from_height", c_size_t),
        ("to_x", c_size_t),
        ("to_y", c_size_t),
        ("to_z", c_size_t),
        ("to_level", c_size_t),
        ("to_type", c_int),
        ("to_host", c_void_p),
        ("to_device", c_uint64),
        ("to_array", c_void_p),
        ("reserved1", c_void_p),
        ("to_pitch", c_size_t),
        ("to_height", c_size_t),
        ("width", c_size_t),
        ("height", c_size_t),
        ("depth", c_size_t),
    ]


class EdgeData(ctypes.Structure):
    """CUgraphEdgeData."""

    _fields_ = [("from_port", c_ubyte), ("to_port", c_ubyte), ("type", c_ubyte), ("reserved", c_ubyte * 5)]


class Attribute(ctypes.Union):
    """CUlaunchAttributeValue."""

    _fields_ = [("bytes", c_ubyte * 64), ("words", c_uint * 16)]


@cache
def graph_driver() -> ctypes.CDLL:
    """The driver, with the types of the graph calls. Raises OSError if there is none."""
    library = driver()
    pointer, size = c_void_p, c_size_t
    for name, types in {
        "cuGraphCreate": [POINTER(pointer), c_uint],
        "cuGraphDestroy": [pointer],
        "cuGraphGetNodes": [pointer, pointer, POINTER(size)],
        "cuGraphGetEdges_v2": [pointer, pointer, pointer, pointer, POINTER(size)],
        "cuGraphNodeGetType": [pointer, POINTER(c_int)],
        "cuGraphKernelNodeGetParams_v2": [pointer, POINTER(KernelParams)],
        "cuGraphMemsetNodeGetParams": [pointer, POINTER(MemsetParams)],
        "cuGraphMemcpyNodeGetParams": [pointer, POINTER(CopyParams)],
        "cuGraphKernelNodeGetAttribute": [pointer, c_int, POINTER(Attribute)],
        "cuGraphKernelNodeSetAttribute": [pointer, c_int, POINTER(Attribute)],
        "cuGraphAddKernelNode_v2": [POINTER(pointer), pointer, pointer, size, POINTER(KernelParams)],
        "cuGraphAddMemsetNode": [POINTER(pointer), pointer, pointer, size, POINTER(MemsetParams), pointer],
        "cuGraphAddMemcpyNode": [POINTER(pointer), pointer, pointer, size, POINTER(CopyParams), pointer],
        "cuGraphAddEmptyNode": [POINTER(pointer), pointer, pointer, size],
        "cuGraphAddEventRecordNode": [POINTER(pointer), pointer, pointer, size, pointer],
        "cuGraphAddDependencies_v2": [pointer, pointer, pointer, pointer, size],
        "cuGraphInstantiateWithFlags": [POINTER(pointer), pointer, c_uint64],
        "cuGraphUpload": [pointer, pointer],
        "cuGraphLaunch": [pointer, pointer],
        "cuGraphExecDestroy": [pointer],
        "cuFuncGetName": [POINTER(c_char_p), pointer],
        "cuFuncGetModule": [POINTER(pointer), pointer],
        "cuFuncGetParamInfo": [pointer, size, POINTER(size), POINTER(size)],
        "cuFuncGetAttribute": [POINTER(c_int), c_int, pointer],
        "cuFuncSetAttribute": [pointer, c_int, c_int],
        "cuKernelGetFunction": [POINTER(pointer), pointer],
        "cuModuleLoadData": [POINTER(pointer), c_char_p],
        "cuModuleUnload": [pointer],
        "cuModuleGetFunction": [POINTER(pointer), pointer, c_char_p],
        "cuModuleGetGlobal_v2": [POINTER(c_uint64), POINTER(size), pointer, c_char_p],
        "cuMemGetAddressRange_v2": [POINTER(c_uint64), POINTER(size), c_uint64],
        "cuPointerGetAttribute": [pointer, c_int, c_uint64],
        "cuMemcpyDtoH_v2": [pointer, c_uint64, size],
        "cuMemcpyHtoD_v2": [c_uint64, pointer, size],
        "cuTensorMapReplaceAddress": [pointer, c_uint64],
        "cuEventCreate": [POINTER(pointer), c_uint],
        "cuEventElapsedTime": [POINTER(ctypes.c_float), pointer, pointer],
        "cuStreamCreate": [POINTER(pointer), c_uint],
        "cuStreamSynchronize": [pointer],
        "cuStreamQuery": [pointer],
        "cuCtxGetCurrent": [POINTER(pointer)],
        "cuCtxSetCurrent": [pointer],
        "cuEventDestroy_v2": [pointer],
    }.items():
        getattr(library, name).argtypes = types
    return library


def parameter_places(function: int) -> list[tuple[int, int]]:
    """The offset and the bytes of each parameter of a kernel."""
    library = graph_driver()
    places: list[tuple[int, int]] = []
    offset, size = c_size_t(), c_size_t()
    while library.cuFuncGetParamInfo(function, len(places), byref(offset), byref(size)) == 0:
        places.append((offset.value, size.value))
    return places


def parameters_of(launch: KernelParams, function: int) -> list[bytes]:
    """The values of a launch's parameters, as the driver holds them: one by one, or all in one buffer."""
    places = parameter_places(function)
    if launch.params:
        return [ctypes.string_at(launch.params[i] or 0, size) for i, (_, size) in enumerate(places)]
    if not launch.extra:
        return []
    pairs = ctypes.cast(launch.extra, POINTER(c_void_p))
    given: dict[int, int] = {}
    while pairs[2 * len(given)] and len(given) < 2:
        given[pairs[2 * len(given)] or 0] = pairs[2 * len(given) + 1] or 0
    buffer = given[_BUFFER_POINTER]
    return [ctypes.string_at(buffer + offset, size) for offset, size in places]


def name_of(function: int) -> str:
    """The name of a kernel in its image."""
    name = c_char_p()
    check(graph_driver().cuFuncGetName(byref(name), function), "asking a kernel's name")
    return (name.value or b"").decode()
