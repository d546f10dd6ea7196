"""A row longer than one block loses its rest."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "spmv"

BLOCK = 256


@triton.jit
def row_kernel(values_ptr, columns_ptr, row_starts_ptr, x_ptr, out_ptr, BLOCK: tl.constexpr):
    r = tl.program_id(0)
    start = tl.load(row_starts_ptr + r)
    end = tl.load(row_starts_ptr + r + 1)
    k = start + tl.arange(0, BLOCK)  # [BLOCK]
    column = tl.load(columns_ptr + k, mask=k < end, other=0)
    product = tl.load(values_ptr + k, mask=k < end, other=0.0) * tl.load(x_ptr + column)
    tl.store(out_ptr + r, tl.sum(product, axis=0))


def solve(values: Tensor, columns: Tensor, row_starts: Tensor, x: Tensor, rows: int, out: Tensor) -> None:
    row_kernel[(rows,)](values, columns, row_starts, x, out, BLOCK=BLOCK)
