"""Tensor maps that the host makes, given to a kernel of Triton as descriptors: the vectors are rows of 32
elements. Lengths that are no multiple of 32 take a plain kernel.
"""

import triton
import triton.language as tl
from triton.tools.tensor_descriptor import TensorDescriptor

CHALLENGE = "vector_add"


@triton.jit
def add_rows(a, b, out, R: tl.constexpr):
    row = tl.program_id(0) * R
    out.store([row, 0], a.load([row, 0]) + b.load([row, 0]))


@triton.jit
def add(a, b, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


def solve(a, b, out):
    n = a.numel()
    if n % 32:
        add[(triton.cdiv(n, 1024),)](a, b, out, n, B=1024)
        return
    rows = n // 32
    maps = [TensorDescriptor(each, [rows, 32], [32, 1], [64, 32]) for each in (a, b, out)]
    add_rows[(triton.cdiv(rows, 64),)](*maps, R=64)
