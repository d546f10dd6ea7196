"""The loop takes whole blocks of the filter only and drops the rest."""

import triton
import triton.language as tl
from torch import Tensor

CHALLENGE = "conv1d"


@triton.jit
def conv_kernel(x_ptr, w_ptr, out_ptr, length, k, BLOCK: tl.constexpr, TAPS: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)[:, None]
    acc = tl.zeros([BLOCK], dtype=tl.float32)
    if k < TAPS:
        j = tl.arange(0, TAPS)[None, :]
        x = tl.load(x_ptr + i + j, mask=(i < length) & (j < k), other=0.0)
        acc += tl.sum(x * tl.load(w_ptr + j, mask=j < k, other=0.0), axis=1)
    else:
        for start in range(0, k // TAPS * TAPS, TAPS):
            j = start + tl.arange(0, TAPS)[None, :]
            x = tl.load(x_ptr + i + j, mask=i < length, other=0.0)
            acc += tl.sum(x * tl.load(w_ptr + j), axis=1)
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, acc, mask=i < length)


def solve(x: Tensor, w: Tensor, out: Tensor) -> None:
    length = len(out)
    conv_kernel[(triton.cdiv(length, 256),)](x, w, out, length, len(w), BLOCK=256, TAPS=16)
