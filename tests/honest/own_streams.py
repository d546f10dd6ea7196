"""Two streams of its own, which share the rows and are joined with events, not with a wait for the device.

Needs: GPU
"""

import torch
import triton
import triton.language as tl

CHALLENGE = "matrix_add"


@triton.jit
def add_rows(a, b, out, first, rows, cols, B: tl.constexpr):
    row = (first + tl.program_id(0)).to(tl.int64)
    for start in range(0, cols, B):
        c = start + tl.arange(0, B)
        m = (c < cols) & (row < rows)
        i = row * cols + c
        tl.store(out + i, tl.load(a + i, mask=m) + tl.load(b + i, mask=m), mask=m)


class Lanes:
    """The streams, made once: a stream is dear to make."""

    streams = None

    @classmethod
    def get(cls):
        if cls.streams is None:
            cls.streams = [torch.cuda.Stream(), torch.cuda.Stream(priority=-1)]
        return cls.streams


def solve(a, b, out):
    rows, cols = a.shape
    begun = torch.cuda.Event()
    begun.record()
    half = (rows + 1) // 2
    for lane, (first, past) in zip(Lanes.get(), ((0, half), (half, rows)), strict=True):
        lane.wait_event(begun)  # the inputs are ready only then
        with torch.cuda.stream(lane):
            if past > first:
                add_rows[(past - first,)](a, b, out, first, past, cols, B=1024)
            done = torch.cuda.Event()
            done.record(lane)
        torch.cuda.current_stream().wait_event(done)
