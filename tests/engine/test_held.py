"""The files in which recordings travel: the other side can neither resize them nor write to the judge's."""

import fcntl
import mmap
import os

import pytest

from judge.engine.recordings import Held
from judge.protocol.recording import FILE

CONTENTS = b"a recording of ours"


@pytest.mark.parametrize("contents", [None, CONTENTS], ids=["to be written", "to be read"])
def test_nobody_can_resize_it(contents: bytes | None) -> None:
    with Held(contents) as held:
        size = FILE if contents is None else len(contents)
        assert held.size == os.fstat(held.descriptor).st_size == size
        # What the judge has mapped must not vanish while it reads.
        for other in (0, size - 1, size + 1):
            with pytest.raises(PermissionError):
                os.ftruncate(held.descriptor, other)
        with pytest.raises(PermissionError):
            os.pwrite(held.descriptor, b"x", size)
        assert os.fstat(held.descriptor).st_size == size


def test_what_is_written_is_read() -> None:
    with Held() as held:
        os.pwrite(held.descriptor, CONTENTS, 0)
        assert held.read(len(CONTENTS)) == CONTENTS
        assert held.read(0) == b""
        with mmap.mmap(held.descriptor, held.size) as mapped:
            mapped[:1] = b"A"
        assert held.read(4) == b"A re"


def test_what_was_read_does_not_change_any_more() -> None:
    with Held() as held:
        os.pwrite(held.descriptor, CONTENTS, 0)
        copy = held.read(len(CONTENTS))
        os.pwrite(held.descriptor, b"xxxx", 0)
        assert copy == CONTENTS


def test_more_than_there_is_cannot_be_read() -> None:
    with Held(CONTENTS) as held:
        assert held.read(1 << 40) == CONTENTS


def test_what_is_only_read_cannot_be_written() -> None:
    with Held(CONTENTS) as held:
        with pytest.raises(PermissionError):
            os.pwrite(held.descriptor, b"x", 0)
        with pytest.raises(PermissionError):
            mmap.mmap(held.descriptor, held.size)
        with mmap.mmap(held.descriptor, held.size, prot=mmap.PROT_READ) as mapped:
            assert mapped[:] == CONTENTS
        assert held.read(held.size) == CONTENTS


def test_no_seal_can_be_added() -> None:
    with Held() as held, pytest.raises(PermissionError):
        fcntl.fcntl(held.descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)


def test_it_is_closed_in_the_end() -> None:
    with Held(CONTENTS) as held:
        descriptor = held.descriptor
    with pytest.raises(OSError):
        os.fstat(descriptor)
