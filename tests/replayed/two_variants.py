"""One kernel of Triton in two specializations in one call: two images with kernels of the same name."""

import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add(a, b, out, first, n, B: tl.constexpr):
    i = first + tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


def solve(a, b, out):
    n = a.numel()
    half = triton.cdiv(n, 2048) * 1024
    add[(half // 1024,)](a, b, out, 0, n, B=1024)
    if n > half:
        add[(triton.cdiv(n - half, 256),)](a, b, out, half, n, B=256)
