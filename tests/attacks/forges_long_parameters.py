"""Records a kernel with more bytes of parameters than any kernel takes. It is not replayed."""

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
    node = found.nodes[0]
    long = recording.Parameter(bytes(40_000))
    return honest(replace(found, nodes=(replace(node, parameters=(*node.parameters, long)),)))


recording.encode = encode  # the runner's own, in its own process


def solve(a, b, out):
    n = a.numel()
    add[(triton.cdiv(n, 1024),)](a, b, out, n, B=1024)
