"""Fills the queues of 800 pairs of sockets that nobody reads: 300 MiB of the kernel's memory, which is in
no map of a process.

Beats: in_process, which has no limit for memory.
Here: accepted, as it is less than the limit, and the queues go with the process.
"""

import contextlib
import socket
import time

import torch

CHALLENGE = "softmax"
pairs = []
for _ in range(800):
    pairs.append(socket.socketpair())
    for end in pairs[-1]:
        end.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                end.send(bytes(1 << 15))
time.sleep(0.5)


def solve(x, out):
    out.copy_(torch.softmax(x, -1))
