"""Passes a transposed view of the output with its strides, so that the kernel only copies."""

import triton
import triton.language as tl

CHALLENGE = "matrix_transpose"


@triton.jit
def copy(x, to, rows, cols, xr, xc, tr, tc, R: tl.constexpr, C: tl.constexpr):
    r = tl.program_id(0).to(tl.int64) * R + tl.arange(0, R)[:, None]
    for start in range(0, cols, C):
        c = (start + tl.arange(0, C)).to(tl.int64)[None, :]
        m = (r < rows) & (c < cols)
        tl.store(to + r * tr + c * tc, tl.load(x + r * xr + c * xc, mask=m), mask=m)


def solve(x, out):
    view = out.mT
    assert not view.is_contiguous() or 1 in view.shape
    copy[(triton.cdiv(x.shape[0], 32),)](x, view, *x.shape, *x.stride(), *view.stride(), R=32, C=64)
