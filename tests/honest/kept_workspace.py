"""Keeps a workspace and a grid for each shape from call to call, and clears it at the start of a call."""

from dataclasses import dataclass, field

import torch
import triton
import triton.language as tl

CHALLENGE = "dot_product"


@dataclass
class Workspace:
    device: torch.device
    n: int
    grid: tuple[int] = field(init=False)
    total: torch.Tensor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.grid = (triton.cdiv(self.n, 4096),)
        self.total = torch.empty(1, dtype=torch.float64, device=self.device)


@triton.jit
def add_products(a, b, total, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    left = tl.load(a + i, mask=i < n, other=0.0).to(tl.float64)
    tl.atomic_add(total, tl.sum(left * tl.load(b + i, mask=i < n, other=0.0)))


spaces: dict[int, Workspace] = {}


def solve(a: torch.Tensor, b: torch.Tensor, out: torch.Tensor) -> None:
    n = a.numel()
    space = spaces.setdefault(n, Workspace(a.device, n))
    space.total.zero_()
    add_products[space.grid](a, b, space.total, n, B=4096)
    out.copy_(space.total)
