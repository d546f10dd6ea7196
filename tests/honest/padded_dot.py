"""Matrices that are smaller than a tile of tl.dot: tiles are padded with zeros on all sides, also along k."""

import triton
import triton.language as tl

CHALLENGE = "batched_matmul"


@triton.jit
def multiply(a, b, out, m, n, k, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    batch, tile = tl.program_id(0).to(tl.int64), tl.program_id(1)
    across = tl.cdiv(n, N)
    r, c, d = tile // across * M + tl.arange(0, M), tile % across * N + tl.arange(0, N), tl.arange(0, K)
    total = tl.zeros([M, N], tl.float32)
    for start in range(0, k, K):
        e = start + d
        left = tl.load(a + batch * m * k + r[:, None] * k + e, mask=(r[:, None] < m) & (e < k), other=0.0)
        right = tl.load(b + batch * k * n + e[:, None] * n + c, mask=(e[:, None] < k) & (c < n), other=0.0)
        total = tl.dot(left, right, total)
    i = batch * m * n + r[:, None] * n + c
    tl.store(out + i, total.to(tl.float16), mask=(r[:, None] < m) & (c < n))


def solve(a, b, out):
    batch, m, k = a.shape
    n = b.shape[2]
    grid = (batch, triton.cdiv(m, 32) * triton.cdiv(n, 32))
    multiply[grid](a, b, out, m, n, k, M=32, N=32, K=32)
