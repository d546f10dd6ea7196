"""A kernel with 200 KiB of dynamic shared memory, which it must be allowed first. A thread uses what others
have put there.
"""

import ctypes
from ctypes import byref, c_char_p, c_int64, c_size_t, c_uint, c_uint64, c_void_p
from functools import cache
from pathlib import Path

import torch

CHALLENGE = "vector_add"

SOURCE = r"""
extern __shared__ float tile[];

extern "C" __global__ void __launch_bounds__(1024)
replayed_shared_200k(const float *a, const float *b, float *out, long long n) {
    const int half = 25600;
    long long start = (long long)blockIdx.x * half;
    int count = n - start < half ? (int)(n - start) : half;
    for (int i = threadIdx.x; i < count; i += 1024) {
        tile[i] = a[start + i];
        tile[half + i] = b[start + i];
    }
    __syncthreads();
    for (int i = threadIdx.x; i < count; i += 1024) {
        int j = count - 1 - i;
        out[start + j] = tile[j] + tile[half + j];
    }
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
    check(driver().cuModuleGetFunction(byref(function), module, b"replayed_shared_200k"))
    check(driver().cuFuncSetAttribute(function, MOST_SHARED, BYTES))
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


MOST_SHARED = 8  # CUfunction_attribute
BYTES = 200 << 10


def solve(a, b, out):
    n = a.numel()
    launch(loaded(), -(-n // 25600), 1024, BYTES, [*pointers(a, b, out), c_int64(n)])
