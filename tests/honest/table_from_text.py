"""A table for all bytes of a pixel, packed in the text of the file, and put on the device at the import."""

import base64
import zlib

import torch
import triton
import triton.language as tl

CHALLENGE = "invert_colors"

PACKED = base64.b64encode(zlib.compress(bytes(255 - i for i in range(256)))).decode()
PLACE = "cuda" if torch.cuda.is_available() else "cpu"
TABLE = torch.tensor(list(zlib.decompress(base64.b64decode(PACKED))), dtype=torch.uint8).to(PLACE)


@triton.jit
def look_up(image, table, out, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    byte = tl.load(image + i, mask=m, other=0)
    tl.store(out + i, tl.where(i % 4 == 3, byte, tl.load(table + byte.to(tl.int32))), mask=m)


def solve(image, out):
    n = image.numel()
    look_up[(triton.cdiv(n, 1024),)](image, TABLE.to(image.device), out, n, B=1024)
