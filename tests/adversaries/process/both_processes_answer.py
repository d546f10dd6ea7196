"""Forks in its first call, and both processes return from it: each of them says "done", and each reads
requests.

Beats: in_process, which then judges twice, and says so twice.
Here: rule_violation or wrong_answer or time_limit, as there is one answer to one request.
"""

import os

import torch

CHALLENGE = "softmax"
forked = []


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
    if not forked:
        forked.append(True)
        os.fork()
