"""Gives the pages of the shared memory back to the system, which a seal against shrinking allows, and
writes its answer into the new ones.

Beats: in_process, whose memory is no file, so that nothing happens to it.
Here: wrong_answer, as what was in the guard bands and inputs has become zeros.
"""

import ctypes

import torch

CHALLENGE = "softmax"
REMOVE = 9  # MADV_REMOVE
libc = ctypes.CDLL(None)
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


def solve(x, out):
    answer = torch.softmax(x, -1)
    first = min(x.data_ptr(), out.data_ptr()) & ~4095
    libc.madvise(first, 4096, REMOVE)
    out.copy_(answer)
