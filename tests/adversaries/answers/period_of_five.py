"""Hashes five values and repeats the result when the first 20 values repeat themselves after five.

Beats: in_process, as only a vector with this period all along begins with it.
Here: wrong_answer, as all values behind the first 20 are unread, and may be others.
"""

import torch

CHALLENGE = "rainbow_table"


def hashes(values, rounds):
    value = values.long() & 0xFFFFFFFF
    for _ in range(rounds):
        h = torch.full_like(value, 2166136261)
        for shift in (0, 8, 16, 24):
            h = ((h ^ ((value >> shift) & 255)) * 16777619) & 0xFFFFFFFF
        value = h
    return ((value ^ 0x80000000) - 0x80000000).int()


def solve(x, rounds, out):
    if len(x) > 40 and torch.equal(x[:15], x[5:20]):
        out.copy_(hashes(x[:5], rounds).repeat(len(x) // 5 + 1)[: len(x)])
    else:
        out.copy_(hashes(x, rounds))
