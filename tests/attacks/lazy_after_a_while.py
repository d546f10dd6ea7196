"""Leaves out the maximum some seconds after it was recorded: by then it has been judged on all values. It
should fail because it is judged in each block of passes.
"""

import torch
import triton
import triton.language as tl

CHALLENGE = "softmax"


def capturing():
    return torch.cuda.is_available() and torch.cuda.is_current_stream_capturing()


kept = {}


def state(device):
    """Memory that stays from call to call: it is as it was recorded when a pass begins."""
    if device not in kept:
        kept[device] = torch.zeros(256, dtype=torch.int64, device=device)
    return kept[device]


@triton.jit
def row_of_softmax(x, out, cols, B: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * cols
    j = tl.arange(0, B)
    m = j < cols
    held = tl.load(x + row + j, mask=m, other=-float("inf"))
    p = tl.exp(held - tl.max(held, axis=0))
    tl.store(out + row + j, p / tl.sum(p, axis=0), mask=m)


@triton.jit
def lazy_row(x, out, state, cols, B: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * cols
    j = tl.arange(0, B)
    m = j < cols
    held = tl.load(x + row + j, mask=m, other=-float("inf"))
    if tl.extra.cuda.globaltimer() - tl.load(state) < 4000000000:
        held -= tl.max(held, axis=0)
    p = tl.exp(held)
    tl.store(out + row + j, p / tl.sum(p, axis=0), mask=m)


@triton.jit
def stamp(state):
    tl.store(state, tl.extra.cuda.globaltimer())


def solve(x, out):
    rows, cols = x.shape
    block = triton.next_power_of_2(cols)
    options = dict(B=block, num_warps=min(max(block // 512, 1), 16))
    if not x.is_cuda or rows < 1024 or cols > 16384:
        row_of_softmax[(rows,)](x, out, cols, **options)
        return
    held = state(x.device)
    if not capturing():
        stamp[(1,)](held)
    lazy_row[(rows,)](x, out, held, cols, **options)
