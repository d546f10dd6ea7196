"""What an image of kernels says about itself: the architecture, its global variables, what it calls.

A cubin is an ELF file of 64 bits for the machine EM_CUDA. Only its headers and its symbols are read, and
every offset is checked, because the file may come from anywhere.

Sources: elf(5); the CUDA Binary Utilities of toolkit 13.0 show the same fields for the same files.
"""

import struct
from dataclasses import dataclass

_HEADER = struct.Struct("<4sBBBBB7xHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_EM_CUDA = 190
_SYMTAB, _OBJECT, _FUNCTION = 2, 1, 2
_ENTRY = 0x10  # of a symbol: a function that can be launched (STO_CUDA_ENTRY)
_MOST_SYMBOLS, _MOST_VARIABLES, _NAME = 200_000, 4096, 4096
_VARIABLES = (b".nv.global\0", b".nv.global.init\0", b".nv.constant3\0")
# Functions of the device's runtime, by the beginnings of their names: launches from the device, and a heap
# that would outlive a pass.
_LAUNCHES = (b"cnp", b"cudaCDP", b"__cudaCDP", b"__cuda_syscall_cnp", b"cudaLaunchDevice", b"cudaGraphLaunch")
_HEAP = (b"malloc\0", b"free\0", b"__cuda_syscall_aligned_malloc\0")


class BadImage(ValueError):
    """The bytes are no image that can be replayed; the text says why."""


@dataclass(frozen=True)
class Cubin:
    """`architecture` is 90 for sm_90; `variables` has the names and the bytes of its global variables;
    `entries` is the number of sections and symbols that were read, `kernels` that of functions which can be
    launched.
    """

    architecture: int
    variables: tuple[tuple[str, int], ...]
    entries: int
    kernels: int = 0


def read_cubin(image: bytes) -> Cubin:
    """Read an image's headers and symbols. Raises BadImage."""
    try:
        return _read(image)
    except (struct.error, OverflowError):  # the latter if an offset is larger than any memory
        raise BadImage("the image of a kernel is cut short") from None


def _read(image: bytes) -> Cubin:
    (magic, bits, order, _, _, abi, _, machine, _, _, _, sections, flags, *_rest) = _HEADER.unpack_from(image)
    _, _, _, section_bytes, count, names_at = _rest
    if magic != b"\x7fELF" or (bits, order) != (2, 1) or machine != _EM_CUDA:
        raise BadImage("the image of a kernel is not a cubin")
    if section_bytes != _SECTION.size or not count or names_at >= count:
        raise BadImage("the image of a kernel has no proper sections")
    # Since toolkit 13 (ABI 8) the architecture is in the second byte, before it was in the first.
    architecture = flags >> 8 & 0xFF if abi >= 8 else flags & 0xFF
    table = [_SECTION.unpack_from(image, sections + i * _SECTION.size) for i in range(count)]
    names = _Texts(image, table[names_at])
    kept = {i for i, each in enumerate(table) if names.begins(each[0], _VARIABLES)}
    tables = [each for each in table if each[1] == _SYMTAB]
    if len(tables) > 1:  # elf(5) knows one: many would take hours to read
        raise BadImage("the image of a kernel has several tables of symbols")
    variables, symbols, kernels = list[tuple[str, int]](), 0, 0
    for _, _, _, _, offset, size, link, *_more in tables:
        symbols = size // _SYMBOL.size
        if link >= count or symbols > _MOST_SYMBOLS or offset + size > len(image):
            raise BadImage("the image of a kernel has no proper symbols")
        texts = _Texts(image, table[link])
        whole = memoryview(image)[offset : offset + symbols * _SYMBOL.size]
        for at, info, other, section, _, bytes_ in _SYMBOL.iter_unpack(whole):
            if texts.begins(at, _LAUNCHES):
                raise BadImage("a kernel launches others from the device")
            if section == 0 and texts.begins(at, _HEAP):
                raise BadImage("a kernel allocates memory on the device")
            kernels += info & 0xF == _FUNCTION and bool(other & _ENTRY)
            if info & 0xF == _OBJECT and section in kept and bytes_:
                if len(variables) == _MOST_VARIABLES:
                    raise BadImage(f"the image of a kernel has more than {_MOST_VARIABLES} variables")
                variables.append((texts.text(at), bytes_))
    return Cubin(architecture, tuple(variables), count + symbols, kernels)


class _Texts:
    """A section of texts. Names may overlap in it, so one is only read where it is needed."""

    def __init__(self, image: bytes, section: tuple[int, ...]) -> None:
        self._image, self._start, self._size = image, section[4], section[5]
        end = self._start + self._size
        # The last byte ends the last text: else a name could be told apart from what a driver reads.
        if not self._size or end > len(image) or image[end - 1]:
            raise BadImage("the image of a kernel has names that are none")

    def begins(self, at: int, beginnings: tuple[bytes, ...]) -> bool:
        """Whether the text at a place begins so."""
        if at >= self._size:
            raise BadImage("the image of a kernel has a name that is none")
        return self._image.startswith(beginnings, self._start + at, self._start + self._size)

    def text(self, at: int) -> str:
        """The text at a place. A driver would look for another name if a part were left out."""
        start = self._start + at
        stop = self._image.find(b"\0", start, min(self._start + self._size, start + _NAME))
        name = self._image[start : max(stop, start)]
        if not name or not name.isascii() or not name.decode().isprintable():
            raise BadImage("a variable in the image of a kernel has a name that is none")
        return name.decode()
