"""The walls around the runner. It enters them itself, before it has read a line of the submission.

Landlock takes away the file system, TCP, and signals to the outside; seccomp takes away the system calls
that lead around Landlock (other networks, leaving the process group, reading other processes, changing
permissions); resource limits bound what is left. None of it needs root, and the process cannot undo it.

Sources: landlock(7), seccomp(2), linux/landlock.h, linux/filter.h.
"""

import ctypes
import os
import platform
import resource
import socket
import struct

_libc = ctypes.CDLL(None, use_errno=True)

# linux/landlock.h, file-system rights in the order of their bits.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
# Rights that mean something on a file; the kernel refuses the others there.
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_RIGHTS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET_TCP = 0b11  # bind, connect
_SCOPES = 0b11  # abstract UNIX sockets, signals

# Besides the GPU's own nodes. Not /dev/shm, and never a disk.
_DEVICES = ("null", "zero", "full", "random", "urandom")
_GPU_DEVICES = ("nvidia", "dxg")
_PROC = (
    "cpuinfo",
    "meminfo",
    "devices",
    "modules",
    "filesystems",
    "version",
    "stat",
    "sys",
    "driver",
)

# Number of each refused call on x86_64 and aarch64.
_REFUSED = {
    "connect": (42, 203),  # Landlock knows TCP only; the runner's own channel is connected already
    "setpgid": (109, 154),  # the group is how the judge stops and kills
    "setsid": (112, 157),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "io_uring_setup": (425, 425),  # does what the other rows refuse
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    # Landlock does not cover who owns a file and who may use it; aarch64 has the *at forms only.
    "chmod": (90, 53),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, 54),
    "fchown": (93, 55),
    "lchown": (94, 54),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
}
# Calls allowed for one value of their first argument only.
_RESTRICTED = {
    "socket": ((41, 198), socket.AF_UNIX),  # cuInit fails without it
    "prlimit64": ((302, 261), 0),  # oneself
}


def enter(scratch: str, memory: int, file_size: int) -> list[str]:
    """Confine this process for good; only `scratch` stays writable. Returns what this system cannot confine.

    `memory` bounds the process's own data, `file_size` one file, both in bytes.
    """
    _limit(memory, file_size)
    missing = []
    if _libc.prctl(38, 1, 0, 0, 0) != 0:  # PR_SET_NO_NEW_PRIVS, which both of the next need
        missing.append("privileges cannot be fixed")
    missing += _landlock(scratch)
    missing += _seccomp()
    return missing


def _limit(memory: int, file_size: int) -> None:
    for which, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_NOFILE, 4096),
        (resource.RLIMIT_DATA, memory),
    ):
        hard = resource.getrlimit(which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))


def _landlock(scratch: str) -> list[str]:
    abi = _libc.syscall(444, None, ctypes.c_size_t(0), 1)
    if abi < 1:
        return ["Landlock is missing: the file system is open"]
    rights = (1 << _RIGHTS_OF_ABI.get(abi, 16)) - 1
    net = _NET_TCP if abi >= 4 else 0
    scopes = _SCOPES if abi >= 6 else 0
    attributes = struct.pack("QQQ", rights, net, scopes)[: 24 if scopes else 16 if net else 8]
    ruleset = _libc.syscall(444, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return [f"Landlock is refused ({os.strerror(ctypes.get_errno())}): the file system is open"]

    def allow(path: str, allowed: int) -> None:
        try:
            parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return  # what is not there needs no rule
        if not os.path.isdir(path):
            allowed &= _ON_FILES
        rule = struct.pack("=Qi", allowed & rights, parent)
        _libc.syscall(445, ruleset, 1, rule, 0)
        os.close(parent)

    # A rule opens everything below it, so / itself gets none: /proc and /dev stay shut.
    for entry in os.listdir("/"):
        if entry not in ("proc", "dev"):
            allow(f"/{entry}", _READ)
    allow(scratch, rights & ~_IOCTL_DEV)
    usable = _READ_FILE | _READ_DIR | _WRITE_FILE | _IOCTL_DEV
    for entry in os.listdir("/dev"):
        if entry in _DEVICES or entry.startswith(_GPU_DEVICES):
            allow(f"/dev/{entry}", usable)
    allow("/proc/self", _READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE)  # CUDA names its threads there
    for entry in _PROC:
        allow(f"/proc/{entry}", _READ_FILE | _READ_DIR)
    confined = _libc.syscall(446, ruleset, 0) == 0
    os.close(ruleset)
    if not confined:
        return [f"Landlock is refused ({os.strerror(ctypes.get_errno())}): the file system is open"]
    missing = []
    if not scopes:
        missing.append(f"Landlock ABI {abi} cannot hold signals and abstract sockets (6 can)")
    return missing


def _seccomp() -> list[str]:
    machines = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
    if platform.machine() not in machines:
        return [f"no seccomp filter for {platform.machine()}: sockets and sessions are open"]
    column, audit_arch = machines[platform.machine()]
    refuse, permit, kill = (
        0x00050000 | 1,
        0x7FFF0000,
        0x80000000,
    )  # ERRNO(EPERM), ALLOW, KILL_PROCESS

    def load(offset: int) -> bytes:
        return struct.pack("HBBI", 0x20, 0, 0, offset)

    def if_equal(value: int, jump_true: int, jump_false: int) -> bytes:
        return struct.pack("HBBI", 0x15, jump_true, jump_false, value)

    def answer(action: int) -> bytes:
        return struct.pack("HBBI", 0x06, 0, 0, action)

    # struct seccomp_data: nr at 0, arch at 4, args from 16. Another architecture's numbers mean other calls.
    program = [load(4), if_equal(audit_arch, 1, 0), answer(kill), load(0)]
    if column == 0:  # x32 calls carry bit 30
        program += [struct.pack("HBBI", 0x35, 0, 1, 0x40000000), answer(kill)]
    for numbers in _REFUSED.values():
        program += [if_equal(numbers[column], 0, 1), answer(refuse)]
    for numbers, allowed in _RESTRICTED.values():
        program += [if_equal(numbers[column], 0, 4), load(16), if_equal(allowed, 1, 0)]
        program += [answer(refuse), answer(permit)]
    program += [answer(permit)]
    code = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    if _libc.prctl(22, 2, header, 0, 0) != 0:  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        return [f"seccomp is refused ({os.strerror(ctypes.get_errno())}): sockets are open"]
    return []
