"""A kernel that takes a named tuple of tensors and numbers as one argument."""

from typing import NamedTuple

import triton
import triton.language as tl

CHALLENGE = "rms_norm"


class Norm(NamedTuple):
    weight: object
    cols: int
    eps: float


@triton.jit
def normalize(x, norm, out, B: tl.constexpr):
    begin = tl.program_id(0).to(tl.int64) * norm.cols
    c = tl.arange(0, B)
    each = tl.load(x + begin + c, mask=c < norm.cols, other=0.0)
    scale = 1 / tl.sqrt(tl.sum(each * each) / norm.cols + norm.eps)
    weight = tl.load(norm.weight + c, mask=c < norm.cols)
    tl.store(out + begin + c, each * scale * weight, mask=c < norm.cols)


def solve(x, weight, eps, out):
    rows, cols = x.shape
    width = triton.next_power_of_2(cols)
    normalize[(rows,)](x, Norm(weight, cols, eps), out, B=width, num_warps=8)
