"""Inline assembly: PTX adds the vectors, two elements in one statement.

Needs: GPU
"""

import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add(a, b, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    total = tl.inline_asm_elementwise(
        "add.rn.f32 $0, $2, $4; add.rn.f32 $1, $3, $5;",
        "=f,=f,f,f,f,f",
        [tl.load(a + i, mask=m), tl.load(b + i, mask=m)],
        dtype=tl.float32,
        is_pure=True,
        pack=2,
    )
    tl.store(out + i, total, mask=m)


def solve(a, b, out):
    add[(triton.cdiv(a.numel(), 1024),)](a, b, out, a.numel(), B=1024)
