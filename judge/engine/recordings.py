"""The files in which recordings and sources travel: in memory, without a name, and of a size that nobody can
change.
"""

import fcntl
import mmap
import os

from judge.protocol.recording import FILE


class Held:
    """A file of `size` bytes that another process may write, or, if it has `contents`, only read."""

    def __init__(self, contents: bytes | None = None) -> None:
        self.size = FILE if contents is None else len(contents)
        self.descriptor = os.memfd_create("recording", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.descriptor, self.size)
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        if contents is not None:
            written = 0
            while written < self.size:
                written += os.pwrite(self.descriptor, contents[written:], written)
            seals |= fcntl.F_SEAL_WRITE
        fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, seals)

    def read(self, size: int) -> bytes:
        """A copy of its first `size` bytes, or of fewer if it is shorter."""
        with mmap.mmap(self.descriptor, self.size, prot=mmap.PROT_READ) as mapped:
            return mapped[:size]

    def __enter__(self) -> "Held":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)
