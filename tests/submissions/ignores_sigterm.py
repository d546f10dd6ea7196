"""Ignores every signal that can be ignored, and loops."""

import contextlib
import signal


def solve(x, out):
    for number in signal.valid_signals():
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    while True:
        pass
