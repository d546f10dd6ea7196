"""Nodes that are no kernels: a copy from an input to the output, a memset of a row and one of a part of each
of several rows.
"""

import ctypes
from ctypes import c_size_t, c_uint, c_uint64, c_void_p

import torch
import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add_scaled(b, out, scratch, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    row = scratch + tl.program_id(0) % 4 * 256
    factor, inverse = tl.load(row + i % 128), tl.load(row + 128 + i % 128)
    tl.store(out + i, tl.load(out + i, mask=m) * factor * inverse + tl.load(b + i, mask=m), mask=m)


TWO, HALF = 0x40000000, 0x3F000000  # as the bits of a float


def fill(scratch):
    """Fill four rows of 256 elements: their left halves with 2, their right halves with 0.5."""
    driver, stream = ctypes.CDLL("libcuda.so.1"), c_void_p(torch.cuda.current_stream().cuda_stream)
    to = c_uint64(scratch.data_ptr())
    code = driver.cuMemsetD32Async(to, c_uint(HALF), c_size_t(1024), stream)
    code = code or driver.cuMemsetD2D32Async(
        to, c_size_t(1024), c_uint(TWO), c_size_t(128), c_size_t(4), stream
    )
    if code:
        raise RuntimeError(f"a memset failed with error {code}")


def solve(a, b, out):
    n = a.numel()
    scratch = torch.empty(1024, device=a.device)
    fill(scratch)
    out.copy_(a)
    add_scaled[(triton.cdiv(n, 1024),)](b, out, scratch, n, B=1024)
