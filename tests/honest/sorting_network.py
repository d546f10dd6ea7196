"""Sorts blocks with tl.sort, then merges them by a bitonic network in a padded copy of the vector."""

import torch
import triton
import triton.language as tl

CHALLENGE = "sort"


@triton.jit
def sort_blocks(x, keys, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    tl.store(keys + i, tl.sort(tl.load(x + i, mask=i < n, other=float("inf"))))


@triton.jit
def exchange(keys, distance, flip, B: tl.constexpr):
    k = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    low = k // distance * 2 * distance + k % distance
    # The first step of a merge compares with the mirror image, so all runs ascend.
    high = tl.where(flip, (low // (2 * distance) + 1) * 2 * distance - 1 - k % distance, low + distance)
    left, right = tl.load(keys + low), tl.load(keys + high)
    swap = left > right
    tl.store(keys + low, tl.where(swap, right, left))
    tl.store(keys + high, tl.where(swap, left, right))


def solve(x, out):
    n, block = x.numel(), 4096
    padded = max(triton.next_power_of_2(n), block)
    keys = torch.empty(padded, device=x.device)
    sort_blocks[(padded // block,)](x, keys, n, B=block)
    run, pairs = block, min(padded // 2, 16384)
    while run < padded:
        distance = run
        while distance:
            exchange[(padded // 2 // pairs,)](keys, distance, int(distance == run), B=pairs, num_warps=16)
            distance //= 2
        run *= 2
    out.copy_(keys[:n])
