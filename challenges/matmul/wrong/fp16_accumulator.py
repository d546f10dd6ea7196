"""The products of the blocks are accumulated in fp16."""

from torch import Tensor

CHALLENGE = "matmul"


def solve(a: Tensor, b: Tensor, out: Tensor) -> None:
    out.zero_()
    for start in range(0, a.shape[1], 32):
        out += a[:, start : start + 32] @ b[start : start + 32]
