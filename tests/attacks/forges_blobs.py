"""Names one blob of 200 MB as the contents of twenty-five variables: a small file, from which the judge
makes one of 5 GB when it hands the recording on. The bytes that a recording stands for should be bounded
too.
"""

import json

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
    data = honest(found)
    length = recording.LENGTH.unpack_from(data)[0]
    start = recording.LENGTH.size
    header, rest = json.loads(data[start : start + length]), data[start + length :]
    header["variables"] = [[0, "none", len(header["blobs"])]] * 25
    header["blobs"].append(200_000_000)
    rest += bytes(200_000_000)
    text = json.dumps(header).encode()
    return recording.LENGTH.pack(len(text)) + text + rest


recording.encode = encode  # the runner's own, in its own process


def solve(a, b, out):
    n = a.numel()
    add[(triton.cdiv(n, 1024),)](a, b, out, n, B=1024)
