"""Names that look like keywords, underscores alone, and a solve that appears only through globals()."""

from __future__ import annotations

import triton
import triton.language as tl

CHALLENGE: str = "vector_add"
match, case, type = 1024, "case", "type"


@triton.jit
def __add(__, self, cls, case, match: tl.constexpr):
    print_ = tl.program_id(0).to(tl.int64) * match + tl.arange(0, match)
    tl.store(
        cls + print_,
        tl.load(__ + print_, mask=print_ < case) + tl.load(self + print_, mask=print_ < case),
        mask=print_ < case,
    )


_ = __add


async def run():
    """Never called: a leftover."""


def __(self, _, cls) -> not_defined_anywhere:  # type: ignore
    globals()["_"][(triton.cdiv(self.numel(), match),)](self, _, cls, self.numel(), match)


globals()["sol" + "ve"] = __
