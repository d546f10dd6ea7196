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
_SYMTAB, _OBJECT = 2, 1
_MOST_SECTIONS, _MOST_SYMBOLS, _NAME = 100_000, 200_000, 4096
_VARIABLES = (".nv.global", ".nv.global.init", ".nv.constant3")
# Functions of the device's runtime, by the beginnings of their names: launches from the device, and a heap
# that would outlive a pass.
_LAUNCHES = ("cnp", "cudaCDP", "__cudaCDP", "__cuda_syscall_cnp", "cudaLaunchDevice", "cudaGraphLaunch")
_HEAP = ("malloc", "free", "__cuda_syscall_aligned_malloc")


class BadImage(ValueError):
    """The bytes are no image that can be replayed; the text says why."""


@dataclass(frozen=True)
class Cubin:
    """`architecture` is 90 for sm_90; `variables` has the names and the bytes of its global variables."""

    architecture: int
    variables: tuple[tuple[str, int], ...]


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
    if section_bytes != _SECTION.size or not 0 < count < _MOST_SECTIONS or names_at >= count:
        raise BadImage("the image of a kernel has no proper sections")
    # Since toolkit 13 (ABI 8) the architecture is in the second byte, before it was in the first.
    architecture = flags >> 8 & 0xFF if abi >= 8 else flags & 0xFF
    table = [_SECTION.unpack_from(image, sections + i * _SECTION.size) for i in range(count)]
    section_names = [_text(image, table[names_at], each[0]) for each in table]
    if sum(each[1] == _SYMTAB for each in table) > 1:  # elf(5) knows one: many would take hours to read
        raise BadImage("the image of a kernel has several tables of symbols")
    variables = []
    for each in table:
        if each[1] != _SYMTAB:
            continue
        offset, size, link = each[4], each[5], each[6]
        if link >= count or size // _SYMBOL.size > _MOST_SYMBOLS or offset + size > len(image):
            raise BadImage("the image of a kernel has no proper symbols")
        for at in range(offset, offset + size - _SYMBOL.size + 1, _SYMBOL.size):
            name_at, info, _, section, _, bytes_ = _SYMBOL.unpack_from(image, at)
            name = _text(image, table[link], name_at)
            if name.startswith(_LAUNCHES):
                raise BadImage("a kernel launches others from the device")
            if section == 0 and name in _HEAP:
                raise BadImage("a kernel allocates memory on the device")
            if info & 0xF == _OBJECT and section < count and section_names[section] in _VARIABLES and bytes_:
                variables.append((name, bytes_))
    return Cubin(architecture, tuple(variables))


def _text(image: bytes, section: tuple[int, ...], at: int) -> str:
    """The text at a place of a section of texts. One that has no end is cut."""
    start, end = section[4] + at, section[4] + section[5]
    if at >= section[5] or end > len(image):
        raise BadImage("the image of a kernel has a name that is none")
    end = min(end, start + _NAME)
    stop = image.find(b"\0", start, end)
    return image[start : stop if stop >= 0 else end].decode("ascii", "replace")
