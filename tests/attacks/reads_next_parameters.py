"""A kernel can take the address of its own parameters, and in a graph those of the next calls lie near it:
there it reads how many calls follow and on which sets. After an honest first call each eighth computes
eight in one launch, and the others end at once. It should fail because work on a set may begin only with
the set's own call.
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


GUARD = 16384


def stride_of(*tensors):
    """The bytes from one set of buffers to the next, as the judge lays them out."""
    place = 0
    for tensor in tensors:
        place = -(-(place + GUARD) // 512) * 512 + tensor.numel() * tensor.element_size()
    return -(-(place + GUARD) // 512) * 512


@triton.jit
def parameters(w0, w1, w2, a, b, out, stride):
    """Whether three words are the buffers of another set."""
    shift = w0 - a
    same = (w1 - b == shift) & (w2 - out == shift)
    return same & (shift % stride == 0) & (shift != 0) & (shift < (1 << 38)) & (shift > -(1 << 38))


@triton.jit
def add_next(a, b, out, state, n, stride, blocks, GROUP: tl.constexpr, W: tl.constexpr, B: tl.constexpr):
    """`state`: calls so far, programs that have ended, words from one call's parameters to the next's, the
    number of the first call whose set is not written yet.
    """
    here = tl.inline_asm_elementwise(
        "{ .reg .u64 p; mov.b64 p, add_next_param_0; cvta.param.u64 $0, p; }",
        "=l",
        [],
        dtype=tl.int64,
        is_pure=True,
        pack=1,
    ).to(tl.pointer_type(tl.int64))
    p, programs = tl.program_id(0), tl.num_programs(0)
    a0, b0 = a.to(tl.int64, bitcast=True), b.to(tl.int64, bitcast=True)
    out0 = out.to(tl.int64, bitcast=True)
    calls, pitch, written = tl.load(state), tl.load(state + 2), tl.load(state + 3)
    group = 0
    if calls >= written:
        group = 1
        if (calls > 0) & (pitch > 0):
            going = 1
            for s in range(1, GROUP):
                at = here + s * pitch
                valid = parameters(tl.load(at), tl.load(at + 1), tl.load(at + 2), a0, b0, out0, stride)
                going = going * valid.to(tl.int32)
                group += going
    for t in range(p, group * blocks, programs):
        s = t // blocks
        shift = tl.where(s == 0, 0, tl.multiple_of((tl.load(here + s * pitch) - a0) // 4, 128))
        i = (t % blocks).to(tl.int64) * B + tl.arange(0, B)
        m = i < n
        total = tl.load(a + shift + i, mask=m) + tl.load(b + shift + i, mask=m)
        tl.store(out + shift + i, total, mask=m)
    if (p == 0) & (calls == 0):
        word = 8 + tl.arange(0, W)
        at = here + word
        valid = parameters(tl.load(at), tl.load(at + 1), tl.load(at + 2), a0, b0, out0, stride)
        nearest = tl.min(tl.where(valid, word, 1 << 30))
        if nearest < (1 << 30):
            tl.store(state + 2, nearest.to(tl.int64))
    if tl.atomic_add(state + 1, 1) == programs - 1:
        tl.store(state + 1, 0)
        tl.store(state, calls + 1)
        if group > 0:
            tl.store(state + 3, calls + group)


def solve(a, b, out):
    n = a.numel()
    if not capturing():
        add[(triton.cdiv(n, 1024),)](a, b, out, n, B=1024)
    blocks = triton.cdiv(n, 1024)
    grid = (min(blocks, 1056),)
    stride = stride_of(a, b, out)
    launch(
        add_next, grid, a, b, out, state(a.device), n, stride, blocks, GROUP=8, W=4096, B=1024, num_warps=8
    )
