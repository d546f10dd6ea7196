"""A persistent kernel: three programs for each multiprocessor take rows in turn, however many there are."""

import torch
import triton
import triton.language as tl

CHALLENGE = "softmax"


@triton.jit
def softmax_rows(x, out, rows, cols, B: tl.constexpr):
    for row in range(tl.program_id(0), rows, tl.num_programs(0)):
        begin = row.to(tl.int64) * cols
        m = float("-inf")
        s = 0.0
        for start in range(0, cols, B):
            c = start + tl.arange(0, B)
            part = tl.load(x + begin + c, mask=c < cols, other=float("-inf"))
            high = tl.maximum(m, tl.max(part))
            # A row that has only had -inf so far would give -inf - (-inf).
            safe = tl.where(high == float("-inf"), 0.0, high)
            s = s * tl.exp(m - safe) + tl.sum(tl.exp(part - safe))
            m = high
        for start in range(0, cols, B):
            c = start + tl.arange(0, B)
            part = tl.load(x + begin + c, mask=c < cols)
            tl.store(out + begin + c, tl.exp(part - m) / s, mask=c < cols)


def solve(x, out):
    programs = 3
    if x.is_cuda:
        programs *= torch.cuda.get_device_properties(x.device).multi_processor_count
    softmax_rows[(min(programs, x.shape[0]),)](x, out, *x.shape, B=2048)
