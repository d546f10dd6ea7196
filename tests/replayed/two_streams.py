"""A call that forks: half of its work is on another stream, which its own stream waits for in the end."""

import torch
import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def add(a, b, out, first, n, B: tl.constexpr):
    i = first + tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


kept = {}


def solve(a, b, out):
    n = a.numel()
    half = triton.cdiv(n, 2048) * 1024
    main = torch.cuda.current_stream()
    if "side" not in kept:
        kept["side"] = torch.cuda.Stream()
    side = kept["side"]
    side.wait_stream(main)
    with torch.cuda.stream(side):
        add[(half // 1024,)](a, b, out, 0, n, B=1024)
    if n > half:
        add[(triton.cdiv(n - half, 1024),)](a, b, out, half, n, B=1024)
    main.wait_stream(side)
