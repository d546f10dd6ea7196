"""Asks for 100 GB of CPU memory, from Python."""


def solve(x, out):
    out.fill_(bytearray(100 << 30)[-1])
