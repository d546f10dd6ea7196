"""Limits that cannot be set for single processes: a group's memory and size, and the size of a folder."""

import contextlib
import os
import re
from pathlib import Path

from judge.engine.scratch import folder_size

FILE = 256 << 20  # bytes of one file
SCRATCH = 2 << 30  # bytes of a scratch folder
SCRATCH_ENTRIES = 20_000
PROCESSES = 256


def default_memory() -> int:
    """The bytes of CPU memory for one group: half of the machine's, but at least 4 GiB."""
    return max(4 << 30, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2)


def exceeded(group: int, scratch: Path, memory: int) -> str:
    """The reason to kill a process group, "" if there is none."""
    members = _members(group)
    if len(members) > PROCESSES:
        return f"the submission started more than {PROCESSES} processes"
    if sum(map(_memory, members)) > memory:
        return f"the submission used more than {memory >> 30} GiB of CPU memory"
    size, entries = folder_size(scratch, SCRATCH_ENTRIES)
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


def _memory(process: str) -> int:
    """A process's share of the memory that does not belong to files, in bytes."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    shares = re.findall(r"^Pss_(?:Anon|Shmem): +(\d+) kB", rollup, re.MULTILINE)
    return sum(map(int, shares)) << 10
