"""Spins for 2 µs in the first hundred calls of a pass, which its own memory counts: the short pass is slow
as a whole and the long one in part. The first call, and the calls of short passes, are compared with the
others.
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
def count(state):
    tl.store(state, tl.load(state) + 1)


@triton.jit
def wait(nanoseconds):
    start = tl.extra.cuda.globaltimer()
    now = start
    while now - start < nanoseconds:
        now = tl.extra.cuda.globaltimer()


@triton.jit
def slow_add(a, b, out, state, n, B: tl.constexpr):
    if tl.load(state) < 100:
        wait(2000)
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


def solve(a, b, out):
    n = a.numel()
    if not capturing():
        add[(triton.cdiv(n, 1024),)](a, b, out, n, B=1024)
    launch(slow_add, (triton.cdiv(n, 1024),), a, b, out, state(a.device), n, B=1024)
    launch(count, (1,), state(a.device))
