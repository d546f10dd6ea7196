"""solve is a lambda, and the grid is one too."""

import triton
import triton.language as tl

CHALLENGE = "constant_add"


@triton.jit
def add(x, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    tl.store(out + i, tl.load(x + i, mask=i < n) + 10, mask=i < n)


solve = lambda x, out: add[lambda meta: (triton.cdiv(x.numel(), meta["B"]),)](x, out, x.numel(), B=64)  # noqa: E731
