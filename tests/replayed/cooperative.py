"""A cooperative launch in CUDA C++: all blocks meet at a barrier of the whole grid, and go on with what
others wrote.
"""

import ctypes
from ctypes import byref, c_char_p, c_int64, c_size_t, c_uint, c_uint64, c_void_p
from functools import cache
from pathlib import Path

import torch

CHALLENGE = "vector_add"

SOURCE = r"""
__device__ unsigned int arrived;

// The highest bit flips when all blocks have arrived, so nothing must be reset between calls.
__device__ void meet() {
    __syncthreads();
    if (threadIdx.x == 0) {
        __threadfence();
        unsigned int mine = blockIdx.x == 0 ? 0x80000000u - (gridDim.x - 1) : 1u;
        unsigned int before = atomicAdd(&arrived, mine);
        while (((before ^ *(volatile unsigned int *)&arrived) & 0x80000000u) == 0) {
        }
        __threadfence();
    }
    __syncthreads();
}

extern "C" __global__ void __launch_bounds__(512)
replayed_cooperative(const float *a, const float *b, float *out, long long n) {
    long long step = (long long)gridDim.x * blockDim.x;
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step)
        out[i] = a[i];
    meet();
    unsigned int other = (blockIdx.x + gridDim.x / 2) % gridDim.x;
    for (long long i = (long long)other * blockDim.x + threadIdx.x; i < n; i += step)
        out[i] = __ldcg(out + i) + b[i];
}
"""


class Attribute(ctypes.Structure):
    """CUlaunchAttribute."""

    _fields_ = [("which", c_uint), ("unused", c_uint), ("words", c_uint * 16)]


class Config(ctypes.Structure):
    """CUlaunchConfig."""

    _fields_ = [
        ("grid", c_uint * 3),
        ("block", c_uint * 3),
        ("shared", c_uint),
        ("stream", c_void_p),
        ("attributes", c_void_p),
        ("attribute_count", c_uint),
    ]


def check(code):
    if code:
        raise RuntimeError(f"a call of CUDA's failed with error {code}")


def cubin(architecture):
    """The image of SOURCE, made by the NVRTC that comes with PyTorch."""
    path = next(Path(torch.__file__).parents[1].glob("nvidia/*/lib/libnvrtc.so.*"))
    ctypes.CDLL(str(next(path.parent.glob("libnvrtc-builtins.so.*"))))  # it would not look beside itself
    nvrtc = ctypes.CDLL(str(path))
    program, size = c_void_p(), c_size_t()
    options = (c_char_p * 1)(f"--gpu-architecture={architecture}".encode())
    check(nvrtc.nvrtcCreateProgram(byref(program), SOURCE.encode(), b"replayed.cu", 0, None, None))
    if nvrtc.nvrtcCompileProgram(program, 1, options):
        check(nvrtc.nvrtcGetProgramLogSize(program, byref(size)))
        log = ctypes.create_string_buffer(size.value)
        check(nvrtc.nvrtcGetProgramLog(program, log))
        raise RuntimeError(log.value.decode())
    check(nvrtc.nvrtcGetCUBINSize(program, byref(size)))
    image = ctypes.create_string_buffer(size.value)
    check(nvrtc.nvrtcGetCUBIN(program, image))
    return image.raw


@cache
def driver():
    return ctypes.CDLL("libcuda.so.1")


@cache
def loaded():
    """The kernel, loaded once."""
    major, minor = torch.cuda.get_device_capability()
    module, function = c_void_p(), c_void_p()
    check(driver().cuModuleLoadData(byref(module), cubin(f"sm_{major}{minor}")))
    check(driver().cuModuleGetFunction(byref(function), module, b"replayed_cooperative"))
    return function


def launch(function, grid, block, shared, arguments, attributes=()):
    """Launch a kernel on PyTorch's stream. `attributes` are pairs of CUlaunchAttributeID and words."""
    places = (c_void_p * len(arguments))(*map(ctypes.addressof, arguments))
    given = (Attribute * max(len(attributes), 1))()
    for attribute, (which, words) in zip(given, attributes, strict=False):
        attribute.which = which
        attribute.words[: len(words)] = words
    config = Config(
        (grid, 1, 1),
        (block, 1, 1),
        shared,
        torch.cuda.current_stream().cuda_stream,
        ctypes.addressof(given),
        len(attributes),
    )
    check(driver().cuLaunchKernelEx(byref(config), function, places, None))


def pointers(*tensors):
    return [c_uint64(each.data_ptr()) for each in tensors]


COOPERATIVE = 2  # CUlaunchAttributeID


def solve(a, b, out):
    n = a.numel()
    blocks = 2 * torch.cuda.get_device_properties(a.device).multi_processor_count
    launch(loaded(), blocks, 512, 0, [*pointers(a, b, out), c_int64(n)], [(COOPERATIVE, (1,))])
