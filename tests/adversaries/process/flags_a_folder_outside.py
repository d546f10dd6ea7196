"""Changes the flags of the folder for temporary files ("no dump", as chattr does it) through a descriptor
that may only read, and changes them back.

Beats: in_process, which confines no system call.
Here: runtime_error, as nothing outside of the scratch folder may be changed, not even a flag.
"""

import array
import fcntl
import os

import torch

CHALLENGE = "softmax"
GET, SET, NO_DUMP = 0x80086601, 0x40086602, 0x40


def solve(x, out):
    folder = os.open("/tmp", os.O_RDONLY)
    flags = array.array("l", [0])
    fcntl.ioctl(folder, GET, flags)
    before = flags[0]
    fcntl.ioctl(folder, SET, array.array("l", [before ^ NO_DUMP]))
    fcntl.ioctl(folder, SET, array.array("l", [before]))
    os.close(folder)
    out.copy_(torch.softmax(x, -1))
