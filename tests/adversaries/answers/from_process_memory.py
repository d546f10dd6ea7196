"""Computes the first, the middle and the last output, searches all memory of the process for them,
and copies the vector that has them.

Beats: one_shape, whose answer lies in the memory of the same process.
Here: wrong_answer, as the answer is in the memory of another process.
"""

import numpy as np
import torch

CHALLENGE = "vector_add"


def solve(a, b, out):
    n, half = len(out), len(out) // 2
    first, middle, last = (float(a[i] + b[i]) for i in (0, half, -1))
    wanted = np.float32([middle, last])
    own = {t.data_ptr() for t in (a, b, out)}
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            start, end = (int(word, 16) for word in line.split()[0].split("-"))
            if " rw-p " not in line or end - start > 1 << 28:
                continue
            memory.seek(start)
            held = np.frombuffer(memory.read(end - start), np.float32)
            for place in np.flatnonzero((held == first) | np.isnan(held) & np.isnan(first)):
                there = held[place : place + n]
                ends = len(there) == n and np.array_equal(there[[half, -1]], wanted, equal_nan=True)
                if ends and start + 4 * int(place) not in own:
                    out.copy_(torch.from_numpy(there.copy()))
                    return
