"""solve takes whatever it is given, by *args, and has an option of its own with a default."""

import triton
import triton.language as tl

CHALLENGE = "matrix_add"


@triton.jit
def add(a, b, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    tl.store(out + i, tl.load(a + i, mask=i < n) + tl.load(b + i, mask=i < n), mask=i < n)


def solve(*args, block=1024, **options):
    *inputs, out = args
    add[(triton.cdiv(out.numel(), block),)](*inputs, out, out.numel(), B=block, **options)
    return out  # nobody asked for it, and it does no harm
