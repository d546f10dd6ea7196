"""Writes to `out` by one long read of the kernel's, from a child whose first thread has ended: a stop
signal does not interrupt the read, and /proc calls the child dead.

Beats: -, as no naive judge stops what it looks at.
Here: wrong_answer or rule_violation, as a process that still runs has not been stopped, whatever its
first thread is.
"""

import ctypes
import os
import threading
import time

import torch

CHALLENGE = "softmax"
EXIT = 60 if os.uname().machine == "x86_64" else 93  # exit, of one thread
SIZE = 200 << 20
libc = ctypes.CDLL(None)


class Piece(ctypes.Structure):
    _fields_ = (("at", ctypes.c_void_p), ("size", ctypes.c_size_t))


def solve(x, out):
    file = os.memfd_create("zeros")
    os.posix_fallocate(file, 0, SIZE)
    waste = ctypes.create_string_buffer(SIZE // 4)
    pieces = (Piece * 5)(*[Piece(ctypes.addressof(waste), SIZE // 4)] * 3, Piece(out.data_ptr(), out.nbytes))

    def overwrite():
        for _ in range(100):
            libc.preadv(file, pieces, 4, ctypes.c_long(0))
        os._exit(0)

    if not os.fork():
        threading.Thread(target=overwrite).start()
        libc.syscall(EXIT, 0)
    time.sleep(0.2)
    out.copy_(torch.softmax(x, -1))
    os.close(file)
