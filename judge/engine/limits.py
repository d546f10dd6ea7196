"""Limits that cannot be set for single processes: a group's memory and size, and the size of a folder."""

import contextlib
import os
import re
import stat
from pathlib import Path

from judge.engine.scratch import folder_size

FILE = 256 << 20  # bytes of one file
SCRATCH = 2 << 30  # bytes of a scratch folder
SCRATCH_ENTRIES = 20_000
PROCESSES = 256
_MAPPED = 32 << 20  # bytes that a file counts at least which is mapped, and has no name and no descriptor


def default_memory() -> int:
    """The bytes of CPU memory for one group: half of the machine's, but at least 4 GiB."""
    return max(4 << 30, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2)


def exceeded(group: int, scratch: Path, memory: int) -> str:
    """The reason to kill a process group, "" if there is none."""
    members = _members(group)
    if len(members) > PROCESSES:
        return f"the submission started more than {PROCESSES} processes"
    disk, held = _nameless(members, scratch)
    if sum(map(_memory, members)) + held > memory:
        return f"the submission used more than {memory >> 30} GiB of CPU memory"
    size, entries = folder_size(scratch, SCRATCH_ENTRIES)
    size += disk
    if size > SCRATCH or entries > SCRATCH_ENTRIES:
        return f"the submission filled its scratch folder ({size >> 20} MiB, {entries} entries)"
    return ""


def _members(group: int) -> list[str]:
    """The processes of a group."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with contextlib.suppress(OSError):
                if os.getpgid(int(entry)) == group:
                    found.append(entry)
    return found


def is_awake(group: int) -> bool:
    """Whether a process of a group is neither stopped nor dead."""
    for member in _members(group):
        with contextlib.suppress(OSError, IndexError):  # it has ended meanwhile
            state = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()[0]
            if state not in "TtZX":
                return True
    return False


def _nameless(members: list[str], scratch: Path) -> tuple[int, int]:
    """The bytes of open files without a name: those on the disk of the scratch folder, and all others, which
    are in memory.
    """
    try:
        device = scratch.stat().st_dev
    except OSError:  # it is gone: so is what was in it
        device = -1
    sizes: dict[tuple[int, int], int] = {}
    for member in members:
        with contextlib.suppress(OSError), os.scandir(f"/proc/{member}/fd") as opened:
            for each in opened:
                with contextlib.suppress(OSError):
                    found = each.stat()
                    if stat.S_ISREG(found.st_mode) and not found.st_nlink:
                        sizes[found.st_dev, found.st_ino] = found.st_blocks * 512
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{member}/maps").read_text(errors="replace").splitlines():
                if line.endswith(" (deleted)"):
                    _add_mapped(line, device, sizes)
    disk = sum(size for (of, _), size in sizes.items() if of == device)
    return disk, sum(sizes.values()) - disk


def _add_mapped(line: str, device: int, sizes: dict[tuple[int, int], int]) -> None:
    """Add a file that is mapped and perhaps closed, whose size is not known then. One in memory is in the
    memory of its process already.
    """
    places, _, offset, number, inode = line.split()[:5]
    major, minor = (int(part, 16) for part in number.split(":"))
    if os.makedev(major, minor) == device:
        start, end = (int(place, 16) for place in places.split("-"))
        known = sizes.get((device, int(inode)), 0)
        sizes[device, int(inode)] = max(known, int(offset, 16) + end - start, _MAPPED)


def _memory(process: str) -> int:
    """A process's share of the memory that does not belong to files, in bytes."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    shares = re.findall(r"^Pss_(?:Anon|Shmem): +(\d+) kB", rollup, re.MULTILINE)
    return sum(map(int, shares)) << 10
