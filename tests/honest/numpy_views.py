"""On the CPU numpy computes, on views of the judge's memory; on a GPU, where it cannot, a kernel does."""

import numpy as np
import triton
import triton.language as tl

CHALLENGE = "outer_multiply_relu"


@triton.jit
def multiply(x, y, out, m, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    each = tl.load(y + i // n, mask=i < m * n) * tl.load(x + i % n, mask=i < m * n)
    tl.store(out + i, tl.where(each < 0, 0.0, each), mask=i < m * n)


def solve(x, y, out):
    m, n = out.shape
    if out.is_cuda:
        multiply[(triton.cdiv(m * n, 1024),)](x, y, out, m, n, B=1024)
    else:
        with np.errstate(all="ignore"):
            product = np.multiply.outer(y.numpy(), x.numpy())
        np.copyto(out.numpy(), np.where(product < 0, np.float32(0), product))
