"""What the attacks on softmax are compared with: a row in registers for each program. Rows that do not fit
there, which no benchmark has, are left to PyTorch.
"""

import torch
import triton
import triton.language as tl

CHALLENGE = "softmax"


@triton.jit
def softmax_row(x, out, cols, B: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * cols
    j = tl.arange(0, B)
    m = j < cols
    held = tl.load(x + row + j, mask=m, other=-float("inf"))
    p = tl.exp(held - tl.max(held, axis=0))
    tl.store(out + row + j, p / tl.sum(p, axis=0), mask=m)


def solve(x, out):
    rows, cols = x.shape
    if cols > 16384:
        torch.softmax(x, -1, out=out)
        return
    block = triton.next_power_of_2(cols)
    softmax_row[(rows,)](x, out, cols, B=block, num_warps=min(max(block // 512, 1), 16))
