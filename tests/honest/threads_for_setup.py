"""Threads make a table at the import, and are joined before the import ends; a lock guards the first call."""

import threading
from concurrent.futures import ThreadPoolExecutor

import torch
import triton
import triton.language as tl

CHALLENGE = "vector_add"


def entry(k):
    return 2.0 ** (k % 8)  # times its reciprocal each is exactly 1


with ThreadPoolExecutor(max_workers=4) as pool:
    POWERS = list(pool.map(entry, range(64)))
lock, kept = threading.Lock(), {}


@triton.jit
def add(a, b, out, table, n, B: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * B + tl.arange(0, B)
    factor, inverse = tl.load(table + i % 64), tl.load(table + 64 + i % 64)
    tl.store(out + i, tl.load(a + i, mask=i < n) * factor * inverse + tl.load(b + i, mask=i < n), mask=i < n)


def solve(a, b, out):
    def upload():
        with lock:
            kept["table"] = torch.tensor(POWERS + [1 / each for each in POWERS], device=a.device)

    if not kept:
        thread = threading.Thread(target=upload, name="upload")
        thread.start()
        thread.join()
    add[(triton.cdiv(a.numel(), 1024),)](a, b, out, kept["table"], a.numel(), B=1024)
