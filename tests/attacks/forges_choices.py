"""Names an autotuner's choices of seven megabytes, which the judge then sends to the second process in one
packet: a packet is never that long. The choices should be bounded as the other texts are.
"""

from dataclasses import replace

import triton
import triton.language as tl

from judge.protocol import recording

CHALLENGE = "vector_add"


@triton.jit
def add(a, b, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


honest = recording.encode


def encode(found):
    choices = tuple(("x" * 4000, "y" * 4000, n) for n in range(800))
    return honest(replace(found, choices=choices))


recording.encode = encode  # the runner's own, in its own process


def solve(a, b, out):
    n = a.numel()
    add[(triton.cdiv(n, 1024),)](a, b, out, n, B=1024)
