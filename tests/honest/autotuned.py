"""Two configurations for @triton.autotune, one of which is chosen anew for each shape."""

import triton
import triton.language as tl

CHALLENGE = "matrix_transpose"


@triton.autotune(
    configs=[
        triton.Config(dict(R=32, C=32), num_warps=4),
        triton.Config(dict(R=64, C=32), num_warps=8),
    ],
    key=["rows", "cols"],
)
@triton.jit
def transpose(x, out, rows, cols, R: tl.constexpr, C: tl.constexpr):
    down = tl.cdiv(rows, R)
    r = (tl.program_id(0) % down) * R + tl.arange(0, R).to(tl.int64)
    c = (tl.program_id(0) // down) * C + tl.arange(0, C).to(tl.int64)
    m = (r[:, None] < rows) & (c[None, :] < cols)
    tile = tl.load(x + r[:, None] * cols + c[None, :], mask=m)
    tl.store(out + c[:, None] * rows + r[None, :], tl.trans(tile), mask=tl.trans(m))


def solve(x, out):
    rows, cols = x.shape

    def grid(meta):
        return (triton.cdiv(rows, meta["R"]) * triton.cdiv(cols, meta["C"]),)

    transpose[grid](x, out, rows, cols)
