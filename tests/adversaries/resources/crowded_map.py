"""Makes the limits dear to watch: 200 processes share one memory with 30,000 mappings, so that a look at
the maps of all of them reads 6 million lines, and the time limit comes late.

Beats: in_process, which waits without end for a call that never returns.
Here: time_limit or runtime_error, soon after the limit: a look may not take longer than the call that it
watches.
"""

import ctypes
import signal
import time

CHALLENGE = "softmax"
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
CLONE_VM, PAIRS, PROCESSES = 0x100, 15_000, 200


def solve(x, out):
    start = libc.mmap(None, PAIRS * 8192, 3, 0x22, -1, 0)
    for n in range(PAIRS):
        libc.mprotect(start + n * 8192, 4096, 1)
    stacks = []
    for _ in range(PROCESSES):
        stacks.append(ctypes.create_string_buffer(1 << 14))
        top = ctypes.c_void_p((ctypes.addressof(stacks[-1]) + (1 << 14)) & ~15)
        libc.clone(ctypes.cast(libc.pause, ctypes.c_void_p), top, CLONE_VM | signal.SIGCHLD, None)
    while True:
        time.sleep(60)
