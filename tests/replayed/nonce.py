"""A parameter that has another value in each run, and that no result depends on."""

import secrets

import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add(a, b, out, n, nonce, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m & (nonce < 1 << 62))


def solve(a, b, out):
    n = a.numel()
    nonce = (1 << 60) + 2 * secrets.randbelow(1 << 40) + 1  # Triton compiles for multiples of 16 anew
    add[(triton.cdiv(n, 1024),)](a, b, out, n, nonce, B=1024)
