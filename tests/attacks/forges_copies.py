"""Records 4095 small copies before its kernel. It is within all limits, and slow."""

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
    a, out = (found.nodes[0].parameters[i].pointers[0].place for i in (0, 2))
    copies = tuple(recording.Copy(a, out, 8) for _ in range(4095))
    edges = tuple(recording.Edge(n, n + 1) for n in range(4095))
    return honest(replace(found, nodes=(*copies, *found.nodes), edges=edges))


recording.encode = encode  # the runner's own, in its own process


def solve(a, b, out):
    n = a.numel()
    add[(triton.cdiv(n, 1024),)](a, b, out, n, B=1024)
