"""Takes 2 seconds for its first calls, so that as much seems to be allowed for each later one, and hangs
in the fourth call of a pass. The process that replays it is ended soon.
"""

import torch
import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add(a, b, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


def capturing():
    return torch.cuda.is_available() and torch.cuda.is_current_stream_capturing()


def launch(kernel, grid, *arguments, **options):
    """Launch a kernel if it is captured; else only load it, because a capture takes no new kernels."""
    if capturing():
        kernel[grid](*arguments, **options)
    elif arguments[0].is_cuda:
        kernel.warmup(*arguments, grid=grid, **options)._init_handles()


kept = {}


def state(device):
    """Memory that stays from call to call: it is as it was recorded when a pass begins."""
    if device not in kept:
        kept[device] = torch.zeros(256, dtype=torch.int64, device=device)
    return kept[device]


@triton.jit
def stamp(state):
    tl.store(state, tl.extra.cuda.globaltimer())


@triton.jit
def slow_then_hang(state):
    """Slow in the first 20 seconds after it was recorded; later it waits for ever in the fourth call."""
    start = tl.extra.cuda.globaltimer()
    now = start
    while (now - tl.load(state) < 20000000000) & (now - start < 2000000000):
        now = tl.extra.cuda.globaltimer()
    tl.store(state + 1, tl.load(state + 1) + 1)
    if (now - tl.load(state) >= 20000000000) & (tl.load(state + 1) > 3):
        while tl.atomic_add(state + 5, 0) == 0:
            tl.atomic_add(state + 6, 1)


def solve(a, b, out):
    n = a.numel()
    if a.is_cuda and not capturing():
        stamp[(1,)](state(a.device))
    launch(slow_then_hang, (1,), state(a.device))
    add[(triton.cdiv(n, 1024),)](a, b, out, n, B=1024)
