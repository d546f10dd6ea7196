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
    places = [_living(member) for member in members]
    disk, held = _nameless(places, scratch)
    if sum(map(_memory, places)) + held > memory:
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
    return any(_state(_living(member)) not in "TtZX" for member in _members(group))


def _state(place: str) -> str:
    """The state of a process or a thread, X if it has ended meanwhile."""
    try:
        return Path(f"{place}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return "X"


def _living(member: str) -> str:
    """The folder in /proc that shows what a process has: its own, or that of a thread that has outlived the
    first one.
    """
    own = f"/proc/{member}"
    if _state(own) in "ZX":
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"{own}/task"):
                if _state(f"{own}/task/{thread}") not in "ZX":
                    return f"{own}/task/{thread}"
    return own


def _nameless(places: list[str], scratch: Path) -> tuple[int, int]:
    """The bytes of open files without a name: those on the disk of the scratch folder, and all others, which
    are in memory.
    """
    try:
        device = scratch.stat().st_dev
    except OSError:  # it is gone: so is what was in it
        device = -1
    sizes: dict[tuple[int, int], int] = {}
    for place in places:
        with contextlib.suppress(OSError), os.scandir(f"{place}/fd") as opened:
            for each in opened:
                with contextlib.suppress(OSError):
                    found = each.stat()
                    if stat.S_ISREG(found.st_mode) and not found.st_nlink:
                        sizes[found.st_dev, found.st_ino] = found.st_blocks * 512
        with contextlib.suppress(OSError):
            for line in Path(f"{place}/maps").read_text(errors="replace").splitlines():
                if line.endswith(" (deleted)"):
                    _add_mapped(place, line, device, sizes)
    disk = sum(size for (of, _), size in sizes.items() if of == device)
    return disk, sum(sizes.values()) - disk


def _add_mapped(place: str, line: str, device: int, sizes: dict[tuple[int, int], int]) -> None:
    """Add a file that is mapped and perhaps closed. What is mapped of a file in memory is in the memory of
    its process already. Only root is shown the size; for others it is guessed.
    """
    places, _, offset, number, inode = line.split()[:5]
    major, minor = (int(part, 16) for part in number.split(":"))
    start, end = (int(place, 16) for place in places.split("-"))
    with contextlib.suppress(OSError):
        found = os.stat(f"{place}/map_files/{places}")
        counted = 0 if found.st_dev == device else end - start
        sizes.setdefault((found.st_dev, found.st_ino), max(0, found.st_blocks * 512 - counted))
        return
    if os.makedev(major, minor) == device:
        known = sizes.get((device, int(inode)), 0)
        sizes[device, int(inode)] = max(known, int(offset, 16) + end - start, _MAPPED)


def _memory(place: str) -> int:
    """A process's share of the memory that does not belong to files, in bytes."""
    try:
        rollup = Path(f"{place}/smaps_rollup").read_text()
    except OSError:
        return 0
    shares = re.findall(r"^Pss_(?:Anon|Shmem): +(\d+) kB", rollup, re.MULTILINE)
    return sum(map(int, shares)) << 10
