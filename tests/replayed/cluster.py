"""Clusters of 4 blocks in CUDA C++: a block reads the shared memory of the next one, between two barriers of
the cluster.
"""

import ctypes
from ctypes import byref, c_char_p, c_int64, c_size_t, c_uint, c_uint64, c_void_p
from functools import cache
from pathlib import Path

import torch

CHALLENGE = "vector_add"

SOURCE = r"""
extern "C" __global__ void __launch_bounds__(256)
replayed_cluster(const float *a, const float *b, float *out, long long n) {
    __shared__ float tile[256];
    unsigned int rank, blocks, here, there;
    asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
    asm volatile("mov.u32 %0, %%cluster_nctarank;" : "=r"(blocks));
    long long i = (long long)blockIdx.x * 256 + threadIdx.x;
    tile[threadIdx.x] = i < n ? a[i] : 0.0f;
    asm volatile("barrier.cluster.arrive.aligned;" ::: "memory");
    asm volatile("barrier.cluster.wait.aligned;" ::: "memory");
    // What the next block of the cluster has read.
    unsigned int next = (rank + 1) % blocks;
    float left;
    here = (unsigned int)__cvta_generic_to_shared(tile + threadIdx.x);
    asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(there) : "r"(here), "r"(next));
    asm volatile("ld.shared::cluster.f32 %0, [%1];" : "=f"(left) : "r"(there) : "memory");
    long long j = ((long long)blockIdx.x - rank + next) * 256 + threadIdx.x;
    if (j < n)
        out[j] = left + b[j];
    // No block may leave while another one reads its memory.
    asm volatile("barrier.cluster.arrive.aligned;" ::: "memory");
    asm volatile("barrier.cluster.wait.aligned;" ::: "memory");
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
    check(driver().cuModuleGetFunction(byref(function), module, b"replayed_cluster"))
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


CLUSTER = 4  # CUlaunchAttributeID


def solve(a, b, out):
    n = a.numel()
    blocks = -(-n // (256 * 4)) * 4
    launch(loaded(), blocks, 256, 0, [*pointers(a, b, out), c_int64(n)], [(CLUSTER, (4, 1, 1))])
