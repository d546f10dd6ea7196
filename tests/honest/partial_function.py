"""solve is a functools.partial whose constants come before the arguments of the challenge."""

from functools import partial

import triton
import triton.language as tl

CHALLENGE = "outer_add"


@triton.jit
def add(x, y, out, m, n, M: tl.constexpr, N: tl.constexpr):
    r, c = tl.program_id(0) * M + tl.arange(0, M), tl.program_id(1) * N + tl.arange(0, N)
    total = tl.load(y + r, mask=r < m)[:, None] + tl.load(x + c, mask=c < n)[None, :]
    tl.store(out + r[:, None] * n + c, total, mask=(r[:, None] < m) & (c < n))


def add_tiles(tile, warps, x, y, out):
    m, n = out.shape
    grid = triton.cdiv(m, tile), triton.cdiv(n, tile)
    add[grid](x, y, out, m, n, M=tile, N=tile, num_warps=warps)


solve = partial(add_tiles, 32, 4)
