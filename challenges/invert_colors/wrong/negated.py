"""Bytes are subtracted from 256 instead of 255."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "invert_colors"

BLOCK = 1024


@triton.jit
def invert_kernel(image_ptr, out_ptr, n, BLOCK: tl.constexpr):
    k = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(image_ptr + k, mask=k < n)
    inverted = (256 - v.to(tl.int32)).to(tl.uint8)
    tl.store(out_ptr + k, tl.where(k % 4 == 3, v, inverted), mask=k < n)


def solve(image: Tensor, out: Tensor) -> None:
    n = image.numel()
    invert_kernel[(triton.cdiv(n, BLOCK),)](image, out, n, BLOCK=BLOCK)
