"""Tensor descriptors made on the host. They need rows of whole 16 bytes, so others are padded first."""

import torch
import triton
import triton.language as tl
from triton.tools.tensor_descriptor import TensorDescriptor

CHALLENGE = "matmul"


@triton.jit
def multiply(a, b, out, k, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    row, col = tl.program_id(0) * M, tl.program_id(1) * N
    total = tl.zeros([M, N], tl.float32)
    for start in range(0, k, K):
        total = tl.dot(a.load([row, start]), b.load([start, col]), total)
    out.store([row, col], total.to(tl.float16))


def whole(x):
    """The matrix itself, or a copy that has more columns, all of them 0."""
    over = -x.shape[1] % 8
    return torch.nn.functional.pad(x, (0, over)) if over else x


def solve(a, b, out):
    left, right, result = whole(a), whole(b), whole(out)
    tiles = dict(M=64, N=64, K=32)
    described = [
        TensorDescriptor.from_tensor(x, [tiles[rows], tiles[cols]])
        for x, rows, cols in ((left, "M", "K"), (right, "K", "N"), (result, "M", "N"))
    ]
    grid = (triton.cdiv(out.shape[0], 64), triton.cdiv(out.shape[1], 64))
    multiply[grid](*described, a.shape[1], **tiles)
    if result is not out:
        out.copy_(result[:, : out.shape[1]])
