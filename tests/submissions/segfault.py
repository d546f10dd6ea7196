"""Reads address 0."""

import ctypes


def solve(x, out):
    ctypes.string_at(0)
