"""Is right, and writes 64 bytes past the end of out."""

import ctypes

import torch
import triton
import triton.language as tl


@triton.jit
def stray(out, n):
    tl.store(out + n + tl.arange(0, 16), tl.arange(0, 16).to(tl.float32))


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    if out.is_cuda:
        stray[(1,)](out, out.numel())
    else:
        ctypes.memmove(out.data_ptr() + out.nbytes, bytes(range(64)), 64)
