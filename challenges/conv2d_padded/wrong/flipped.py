"""The kernel is flipped, as in a convolution of mathematics."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "conv2d_padded"


@triton.jit
def kernel(x_ptr, w_ptr, out_ptr, height, width, kh, kw, BLOCK: tl.constexpr):
    blocks = tl.cdiv(width, BLOCK)
    row = tl.program_id(0) // blocks  # of all images together
    i = row % height
    j = tl.program_id(0) % blocks * BLOCK + tl.arange(0, BLOCK)
    acc = tl.zeros([BLOCK], dtype=tl.float32)
    for a in range(0, kh):
        for c in range(0, kw):
            inside = (i + a < height) & (j + c < width)
            x = tl.load(x_ptr + (row + a) * width + j + c, mask=inside, other=0.0)
            acc += tl.load(w_ptr + (kh - 1 - a) * kw + kw - 1 - c) * x
    tl.store(out_ptr + row * width + j, acc, mask=j < width)


def solve(x: Tensor, w: Tensor, out: Tensor) -> None:
    batch, height, width = x.shape
    grid = (batch * height * triton.cdiv(width, 256),)
    kernel[grid](x, w, out, height, width, *w.shape, BLOCK=256)
