"""Tensor maps that each program of a kernel makes for itself, in memory that Triton asks for at each launch:
the vectors are rows of 32 elements. Lengths that are no multiple of 32 take a plain kernel.
"""

import torch
import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add_rows(a, b, out, rows, R: tl.constexpr):
    left = tl.make_tensor_descriptor(a, shape=[rows, 32], strides=[32, 1], block_shape=[R, 32])
    right = tl.make_tensor_descriptor(b, shape=[rows, 32], strides=[32, 1], block_shape=[R, 32])
    to = tl.make_tensor_descriptor(out, shape=[rows, 32], strides=[32, 1], block_shape=[R, 32])
    row = tl.program_id(0) * R
    to.store([row, 0], left.load([row, 0]) + right.load([row, 0]))


@triton.jit
def add(a, b, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


def scratch(size, alignment, stream):
    return torch.empty(size, dtype=torch.int8, device="cuda")


def solve(a, b, out):
    n = a.numel()
    if n % 32:
        add[(triton.cdiv(n, 1024),)](a, b, out, n, B=1024)
        return
    triton.set_allocator(scratch)
    rows = n // 32
    add_rows[(triton.cdiv(rows, 256),)](a, b, out, rows, R=256)
