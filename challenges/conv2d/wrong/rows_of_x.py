"""Rows of out are taken to be as long as rows of x."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "conv2d"


@triton.jit
def conv_kernel(x_ptr, w_ptr, out_ptr, out_height, out_width, width, kh, kw, BLOCK: tl.constexpr):
    i = tl.program_id(1)
    j = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = j < out_width
    acc = tl.zeros([BLOCK], dtype=tl.float32)
    for u in range(kh):
        for v in range(kw):
            x = tl.load(x_ptr + (i + u) * width + j + v, mask=mask, other=0.0)
            acc += x * tl.load(w_ptr + u * kw + v)
    at = i * width + j
    tl.store(out_ptr + at, acc, mask=mask & (at < out_height * out_width))


def solve(x: Tensor, w: Tensor, out: Tensor) -> None:
    grid = (triton.cdiv(out.shape[1], 256), out.shape[0])
    conv_kernel[grid](x, w, out, *out.shape, x.shape[1], *w.shape, BLOCK=256)
