"""The kernel is registered with PyTorch as an operator, and solve calls it by its name in torch.ops."""

import torch
import triton
import triton.language as tl

CHALLENGE = "constant_add"


@triton.jit
def add(x, out, n, k, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    tl.store(out + i, tl.load(x + i, mask=i < n) + k, mask=i < n)


@torch.library.custom_op("honest::add_constant", mutates_args={"out"})
def add_constant(x: torch.Tensor, k: float, out: torch.Tensor) -> None:
    add[(triton.cdiv(x.numel(), 128),)](x, out, x.numel(), k, B=128)


def solve(x, out):
    torch.ops.honest.add_constant(x, 10.0, out)
