"""solve is a method of an object, which inherits from an abstract class and counts its calls."""

from abc import ABC, abstractmethod
from typing import ClassVar

import triton
import triton.language as tl

CHALLENGE = "relu"


@triton.jit
def clip(x, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    each = tl.load(x + i, mask=i < n)
    tl.store(out + i, tl.where(each < 0, 0.0, each), mask=i < n)


class Base(ABC):
    block: ClassVar[int] = 512

    @abstractmethod
    def run(self, x, out): ...


class Solver(Base):
    __slots__ = ("calls",)

    def __init__(self):
        self.calls = 0

    def run(self, x, out):
        self.calls += 1
        clip[(triton.cdiv(x.numel(), self.block),)](x, out, x.numel(), B=self.block)


solve = Solver().run
