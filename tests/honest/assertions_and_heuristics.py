"""Decorators upon decorators: heuristics, arguments without specialization, and assertions that hold."""

import functools

import torch
import triton
import triton.language as tl

CHALLENGE = "softmax"


@triton.heuristics(
    {"B": lambda given: triton.next_power_of_2(given["cols"]), "EVEN": lambda given: given["cols"] % 2 == 0}
)
@triton.jit(do_not_specialize=["cols"], debug=True)
def softmax_row(x, out, cols, B: tl.constexpr, EVEN: tl.constexpr):
    tl.static_assert(B & (B - 1) == 0, "a power of two")
    c = tl.arange(0, B)
    begin = tl.program_id(0).to(tl.int64) * cols
    row = tl.load(x + begin + c, mask=c < cols, other=float("-inf"))
    tl.device_assert(cols <= B, "a row must fit")
    tl.device_assert((cols % 2 == 0) == EVEN, "the host has counted wrong")
    each = tl.exp(row - tl.max(row))
    tl.store(out + begin + c, each / tl.sum(each), mask=c < cols)


def traced(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@traced
@torch.inference_mode()
def solve(x, out):
    softmax_row[(x.shape[0],)](x, out, x.shape[1], num_warps=8)
