"""The judge's companion, which ends what a killed judge leaves behind (judge/engine/companion.py)."""

import contextlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from judge.engine import companion


class Watchdog:
    """The companion of this process. If it cannot start, or has ended, nothing is lost but what it is for."""

    def __init__(self) -> None:
        self._pipe = -1
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", companion.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
                start_new_session=True,  # the terminal's Ctrl-C is for the judge
            )
            assert self._process.stdin
            self._pipe = self._process.stdin.fileno()

    def add(self, scratch: Path, group: int = 0) -> None:
        """Tell of a scratch folder, and later of the group of the process that has it."""
        self._tell(f"+{group} {os.fsencode(scratch).hex()}\n")

    def forget(self, scratch: Path) -> None:
        """Tell that a folder and its group are gone."""
        self._tell(f"-0 {os.fsencode(scratch).hex()}\n")

    def _tell(self, line: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._pipe, line.encode())  # at once, whole, or not at all


@cache
def watchdog() -> Watchdog:
    """The companion of this process, started when it is first needed."""
    return Watchdog()
