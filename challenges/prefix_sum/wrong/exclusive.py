"""The scan is exclusive: element i is not in its own sum."""

import torch
import triton
import triton.language as tl

CHALLENGE = "prefix_sum"


@triton.jit
def scan_kernel(x_ptr, before_ptr, out_ptr, n, BLOCK: tl.constexpr):
    block = tl.program_id(0).to(tl.int64)
    i = block * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    tl.store(out_ptr + i, tl.load(before_ptr + block) + tl.cumsum(x, axis=0) - x, mask=i < n)


def solve(x, out):
    n = x.numel()
    blocks = triton.cdiv(n, 4096)
    padded = torch.nn.functional.pad(x, (0, blocks * 4096 - n))
    sums = padded.view(blocks, 4096).sum(dim=1)
    scan_kernel[(blocks,)](x, sums.cumsum(dim=0) - sums, out, n, BLOCK=4096)
