"""Its fifth and later calls take 13 ms, so the judge gives a pass four calls: then there are passes of one,
two and four, and a third call is always followed by a fourth, which computes both sets in one launch. Four
idle kernels beside it widen what the first calls may take. It should fail because the number of calls is
not the submission's to choose.
"""

import torch
import triton
import triton.language as tl

CHALLENGE = "matmul"


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
def wait(nanoseconds):
    start = tl.extra.cuda.globaltimer()
    now = start
    while now - start < nanoseconds:
        now = tl.extra.cuda.globaltimer()


BM, BN, BK = 128, 256, 64


@triton.jit
def tile(
    a,
    b,
    out,
    p,
    M: tl.constexpr,
    N: tl.constexpr,
    K: tl.constexpr,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
):
    """Tile p of the product of a [M, K] and b [K, N]."""
    i = p // tl.cdiv(N, BN) * BM + tl.arange(0, BM)
    j = p % tl.cdiv(N, BN) * BN + tl.arange(0, BN)
    total = tl.zeros((BM, BN), tl.float32)
    for start in range(0, K, BK):
        k = start + tl.arange(0, BK)
        left = tl.load(a + i[:, None] * K + k[None, :], mask=(i[:, None] < M) & (k[None, :] < K), other=0.0)
        right = tl.load(b + k[:, None] * N + j[None, :], mask=(k[:, None] < K) & (j[None, :] < N), other=0.0)
        total = tl.dot(left, right, total)
    m = (i[:, None] < M) & (j[None, :] < N)
    tl.store(out + i[:, None] * N + j[None, :], total.to(tl.float16), mask=m)


@triton.jit
def idle(state):
    tl.store(state + 9, 1)


@triton.jit
def paired(
    a,
    b,
    out,
    state,
    tiles,
    M: tl.constexpr,
    N: tl.constexpr,
    K: tl.constexpr,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
):
    """`state`: calls so far, programs that have ended, the set of the third call."""
    p = tl.program_id(0)
    calls = tl.load(state)
    own = a.to(tl.int64, bitcast=True)
    move = own * 0
    works = (p < tiles) & (calls != 2)
    if p >= tiles:
        works = calls == 3
        move = tl.where(works, (tl.load(state + 2) - own) // 2, 0)
    move = tl.multiple_of(move, 256)
    if (p == 0) & (calls == 2):
        tl.store(state + 2, own)
    if (p == 0) & (calls >= 4):
        wait(13000000)
    if works:
        tile(a + move, b + move, out + move, p % tiles, M, N, K, BM, BN, BK)
    if tl.atomic_add(state + 1, 1) == 2 * tiles - 1:
        tl.store(state + 1, 0)
        tl.store(state, calls + 1)


beside = []


def solve(a, b, out):
    (m, k), n = a.shape, b.shape[1]
    if not capturing():
        torch.matmul(a, b, out=out)
    if m < 1999 or n < 2999:
        return
    tiles = triton.cdiv(m, BM) * triton.cdiv(n, BN)
    held, main = state(a.device), torch.cuda.current_stream()
    if not beside:
        beside.append(torch.cuda.Stream())
    beside[0].wait_stream(main)
    with torch.cuda.stream(beside[0]):
        for _ in range(4):
            launch(idle, (1,), held)
    launch(paired, (2 * tiles,), a, b, out, held, tiles, m, n, k, BM, BN, BK, num_warps=8, num_stages=3)
    main.wait_stream(beside[0])
