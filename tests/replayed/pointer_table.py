"""A kept array on the device that holds the addresses of two other kept arrays. A first kernel fills one of
them from the other, and a second kernel uses both; neither kernel is given their addresses.
"""

import torch
import triton
import triton.language as tl

CHALLENGE = "vector_add"


@triton.jit
def invert(addresses):
    k = tl.arange(0, 64)
    factors = tl.load(addresses).to(tl.pointer_type(tl.float32))
    inverses = tl.load(addresses + 1).to(tl.pointer_type(tl.float32))
    tl.store(inverses + k, 1.0 / tl.load(factors + k))


@triton.jit
def add_scaled(a, b, out, addresses, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    m = i < n
    factors = tl.load(addresses).to(tl.pointer_type(tl.float32))
    inverses = tl.load(addresses + 1).to(tl.pointer_type(tl.float32))
    left = tl.load(a + i, mask=m) * tl.load(factors + i % 64) * tl.load(inverses + i % 64)
    tl.store(out + i, left + tl.load(b + i, mask=m), mask=m)


kept = {}


def solve(a, b, out):
    n = a.numel()
    if not kept:
        kept["factors"] = 2.0 ** (torch.arange(64, device=a.device) % 8)  # times its reciprocal each is 1
        kept["inverses"] = torch.zeros(64, device=a.device)
        places = [kept["factors"].data_ptr(), kept["inverses"].data_ptr()]
        kept["addresses"] = torch.tensor(places, device=a.device)
    invert[(1,)](kept["addresses"])
    add_scaled[(triton.cdiv(n, 1024),)](a, b, out, kept["addresses"], n, B=1024)
