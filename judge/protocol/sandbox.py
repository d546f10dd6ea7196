"""The sandbox of a runner or a player. It enters the sandbox itself, before it reads a line of the
submission.

Landlock takes away the file system, TCP, and signals to the outside. Seccomp takes away the system calls
that Landlock does not cover (other networks, leaving the process group, other processes, permissions, timers
that undo a stop). Resource limits bound the rest. Nothing of this needs root, and the process cannot undo it.

Sources: landlock(7), seccomp(2), capabilities(7), linux/landlock.h, linux/filter.h.
"""

import ctypes
import os
import platform
import resource
import signal
import socket
import struct
from itertools import chain

_libc = ctypes.CDLL(None, use_errno=True)

# linux/landlock.h, file-system rights in the order of their bits.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_MAKE_DEVICES = 1 << 6 | 1 << 11  # character and block
# Rights that mean something on a file; the kernel refuses the others there.
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_RIGHTS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET_TCP = 0b11  # bind, connect
_SCOPES = 0b11  # abstract UNIX sockets, signals

# The devices that are allowed besides the GPU's own. Not /dev/shm, and never a disk.
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

# Refused system calls: the number on x86_64 and on aarch64 (-1 where it does not exist).
_REFUSED = {
    # ways out that Landlock does not cover
    "connect": (42, 203),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "io_uring_setup": (425, 425),
    "shmget": (29, 194),  # System V objects outlive the process
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),  # so do POSIX message queues
    # other processes; the judge stops and kills a runner by its group
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "timer_create": (222, 107),  # a timer can send SIGCONT to a stopped process
    "mq_notify": (244, 184),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    # the kernel itself
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    # the owner, the permissions and the times of a file
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, -1),
    "fchown": (93, 55),
    "lchown": (94, -1),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "utime": (132, -1),
    "utimes": (235, -1),
    "futimesat": (261, -1),
    "utimensat": (280, 88),
}
# Allowed only if arguments have values: the numbers, then the position of each argument and its low word.
_ONLY_WITH: dict[str, tuple[tuple[int, int], dict[int, int]]] = {
    "socket": ((41, 198), {0: socket.AF_UNIX}),  # cuInit fails without it
    "sendto": ((44, 206), {5: 0}),  # without an address: its length is 0
    "prlimit64": ((302, 261), {0: 0}),  # for the process itself, here and below
    "setpriority": ((141, 140), {0: os.PRIO_PROCESS, 1: 0}),  # 0 would else be all of a user's
    "ioprio_set": ((251, 30), {0: 1, 1: 0}),  # IOPRIO_WHO_PROCESS
    "sched_setaffinity": ((203, 122), {0: 0}),
    "sched_setscheduler": ((144, 119), {0: 0}),
    "sched_setparam": ((142, 118), {0: 0}),
    "sched_setattr": ((314, 274), {0: 0}),
    "migrate_pages": ((256, 238), {0: 0}),
    "move_pages": ((279, 239), {0: 0}),
}
_CONTINUE = (int(signal.SIGCONT),)
# Refused if an argument has one of some values.
_NOT_WITH: dict[str, tuple[tuple[int, int], int, tuple[int, ...]]] = {
    "prctl": ((157, 167), 0, (1,)),  # PR_SET_PDEATHSIG: a child's end can send SIGCONT
    # F_SETSIG: a descriptor can send SIGCONT too. F_SETLEASE: others would wait to open the file.
    "fcntl": ((72, 25), 1, (10, 1024)),
    # FS_IOC_SETFLAGS (64 and 32 bits), FS_IOC_FSSETXATTR, FS_IOC_ENABLE_VERITY, FS_IOC_SETVERSION change
    # a file that is open only to be read.
    "ioctl": ((16, 29), 1, (0x40086602, 0x40046602, 0x401C5820, 0x40806685, 0x40087602)),
    "kill": ((62, 129), 1, _CONTINUE),  # a child that stops late must not continue the others
    "tkill": ((200, 130), 1, _CONTINUE),
    "tgkill": ((234, 131), 2, _CONTINUE),
    "rt_sigqueueinfo": ((129, 138), 1, _CONTINUE),
    "rt_tgsigqueueinfo": ((297, 240), 2, _CONTINUE),
    "pidfd_send_signal": ((424, 424), 1, _CONTINUE),
}
# A new process or thread: the signal of its end is in the flags' low byte. It stays a child of its parent and
# in its namespaces. The flags of clone3 are in memory, where no filter sees them: libraries then use clone.
_CLONE, _CLONE3 = (56, 220), (435, 435)
_CLONE_SIGNALS = (0, signal.SIGCHLD)
_CLONE_REFUSED = 0x8000 | 0x7E020000  # CLONE_PARENT, CLONE_NEW*
_CLONE_THREAD, _CLONE_FILES = 0x10000, 0x400  # a thread has the descriptors of its process, where they count
_MAY_READ_ALL = 1 << 2  # CAP_DAC_READ_SEARCH: root may judge from a folder that is not root's


def enter(scratch: str, memory: int, file_size: int) -> list[str]:
    """Confine this process for good. Only `scratch` stays writable. Returns what this system cannot confine.

    `memory` bounds the process's own data, `file_size` one file, both in bytes.
    """
    _libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG: a runner does not outlive its judge
    _limit(memory, file_size)
    _drop_capabilities()
    missing = []
    if _libc.prctl(38, 1, 0, 0, 0) != 0:  # PR_SET_NO_NEW_PRIVS, which both of the next need
        missing.append("the process can gain privileges")
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


def _drop_capabilities() -> None:
    """Drop all powers of root (disks, clocks, device nodes) except that of reading the files of others."""
    header = struct.pack("Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    kept = _MAY_READ_ALL if os.geteuid() == 0 else 0
    _libc.capset(header, struct.pack("IIIIII", kept, kept, 0, 0, 0, 0))


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

    # A rule opens everything below it, so / itself gets none: /proc and /dev stay closed.
    for entry in os.listdir("/"):
        if entry not in ("proc", "dev"):
            allow(f"/{entry}", _READ)
    allow(scratch, rights & ~_IOCTL_DEV & ~_MAKE_DEVICES)
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
        missing.append(f"Landlock ABI {abi} cannot stop signals and abstract sockets (ABI 6 can)")
    return missing


def _seccomp() -> list[str]:
    machines = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
    if platform.machine() not in machines:
        return [f"no seccomp filter for {platform.machine()}: sockets and sessions are open"]
    column, audit_arch = machines[platform.machine()]
    # ERRNO(EPERM), ERRNO(ENOSYS), ALLOW, KILL_PROCESS
    refuse, missing, permit, kill = 0x00050000 | 1, 0x00050000 | 38, 0x7FFF0000, 0x80000000

    def load(offset: int) -> bytes:
        return struct.pack("HBBI", 0x20, 0, 0, offset)

    def if_equal(value: int, jump_true: int, jump_false: int) -> bytes:
        return struct.pack("HBBI", 0x15, jump_true, jump_false, value)

    def if_any(bits: int, jump_true: int, jump_false: int) -> bytes:
        return struct.pack("HBBI", 0x45, jump_true, jump_false, bits)

    def answer(action: int) -> bytes:
        return struct.pack("HBBI", 0x06, 0, 0, action)

    def low_word(argument: int) -> bytes:
        return load(16 + 8 * argument)

    def rule(numbers: tuple[int, int], *body: bytes) -> list[bytes]:
        """What is done if the call has one of the numbers. The call's number is loaded; a body must end."""
        return [if_equal(numbers[column] & 0xFFFFFFFF, 0, len(body)), *body]

    # struct seccomp_data: nr at 0, arch at 4, args from 16. Another architecture's numbers mean other calls.
    program = [load(4), if_equal(audit_arch, 1, 0), answer(kill), load(0)]
    if column == 0:  # x32 calls carry bit 30
        program += [struct.pack("HBBI", 0x35, 0, 1, 0x40000000), answer(kill)]
    for numbers in _REFUSED.values():
        program += rule(numbers, answer(refuse))
    for numbers, values in _ONLY_WITH.values():
        checks = [(low_word(n), if_equal(value, 1, 0), answer(refuse)) for n, value in values.items()]
        program += rule(numbers, *chain.from_iterable(checks), answer(permit))
    for numbers, argument, refused in _NOT_WITH.values():
        tests = chain.from_iterable((if_equal(value, 0, 1), answer(refuse)) for value in refused)
        program += rule(numbers, low_word(argument), *tests, answer(permit))
    flags = [low_word(0), if_any(_CLONE_REFUSED, 0, 1), answer(refuse)]
    flags += [if_any(_CLONE_THREAD, 0, 2), if_any(_CLONE_FILES, 1, 0), answer(refuse)]
    flags += [struct.pack("HBBI", 0x54, 0, 0, 0xFF)]  # the low byte
    signals = chain.from_iterable((if_equal(each, 0, 1), answer(permit)) for each in _CLONE_SIGNALS)
    program += rule(_CLONE, *flags, *signals, answer(refuse))
    program += rule(_CLONE3, answer(missing))
    program += [answer(permit)]
    code = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    if _libc.prctl(22, 2, header, 0, 0) != 0:  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        return [f"seccomp is refused ({os.strerror(ctypes.get_errno())}): sockets are open"]
    return []
