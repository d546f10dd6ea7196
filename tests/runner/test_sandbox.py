"""The walls around the runner, tried from inside by small programs, one process each."""

import ast
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, judge_environment

from judge.engine.device import Device
from judge.engine.lock import Lock
from judge.engine.runner import Runner
from judge.judging.session import Observer
from judge.judging.submit import SubmitOptions, submit
from judge.verdict.failure import Failure

# Enters the sandbox (if told to), runs one statement, and prints "allowed" or the name of its error.
PROBE = """
import ctypes, errno, fcntl, json, os, resource, signal, socket, subprocess, sys, threading, time
from judge.protocol import sandbox

scratch, outside, walls, statement = sys.argv[1:]
parent = os.getppid()
libc = ctypes.CDLL(None, use_errno=True)

def call(name, *arguments):
    result = getattr(libc, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result

def clone(flags):
    # A child that ends at once.
    child = call("syscall", 56 if os.uname().machine == "x86_64" else 220, flags, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)

def shell(command):
    if subprocess.run(command, shell=True, stderr=subprocess.DEVNULL).returncode:
        raise PermissionError(errno.EACCES, "the shell could not")

if walls == "walls":
    missing = sandbox.enter(scratch, 4 << 30, 1 << 28)
    if missing:
        print(json.dumps(missing))
        sys.exit(77)
try:
    exec(statement)
except OSError as error:
    print(errno.errorcode[error.errno])
except Exception as error:
    print(type(error).__name__)
else:
    print("allowed")
"""

REFUSED = {
    # standing still
    "waking what was stopped": "os.kill(os.getpid(), signal.SIGCONT)",
    "waking a stopped thread": "signal.pthread_kill(threading.get_ident(), signal.SIGCONT)",
    # the file system
    "a new file outside": "open(f'{outside}/new', 'w')",
    "writing a file outside": "open(f'{outside}/file', 'a').write('x')",
    "truncating a file outside": "os.truncate(f'{outside}/file', 0)",
    "unlinking a file outside": "os.unlink(f'{outside}/file')",
    "renaming a file outside": "os.rename(f'{outside}/file', f'{outside}/renamed')",
    "moving a file outside": "open('mine', 'w'); os.rename('mine', f'{outside}/file')",
    "moving a file inside": "os.rename(f'{outside}/file', 'mine')",
    "linking a file inside": "os.link(f'{outside}/file', 'mine')",
    "writing through a link": "os.symlink(f'{outside}/file', 'link'); open('link', 'a').write('x')",
    "a folder outside": "os.mkdir(f'{outside}/folder')",
    "a link outside": "os.symlink('file', f'{outside}/link')",
    "a pipe outside": "os.mkfifo(f'{outside}/pipe')",
    "a socket outside": "socket.socket(socket.AF_UNIX).bind(f'{outside}/mine')",
    "chmod outside": "os.chmod(f'{outside}/file', 0o777)",
    "fchmod outside": "os.fchmod(os.open(f'{outside}/file', os.O_RDONLY), 0o777)",
    "chown outside": "os.chown(f'{outside}/file', os.getuid(), os.getgid())",
    "changing times outside": "os.utime(f'{outside}/file', (0, 0))",
    "a child's writing outside": "shell(f'echo x >> {outside}/file')",
    "shared memory files": "p = f'/dev/shm/judge-{parent}'; open(p, 'w'); os.unlink(p)",
    "terminals": "os.open('/dev/ptmx', os.O_RDWR)",
    # other processes
    "the parent's environment": "open(f'/proc/{parent}/environ').read()",
    "the parent's command line": "open(f'/proc/{parent}/cmdline').read()",
    "the first process's command line": "open('/proc/1/cmdline').read()",
    "the list of processes": "os.listdir('/proc')",
    "the parent's descriptors": "os.listdir(f'/proc/{parent}/fd')",
    "signals to the parent": "os.kill(parent, 0)",
    "signals through a pidfd": "signal.pidfd_send_signal(os.pidfd_open(parent), 0)",
    "the parent's limits": "resource.prlimit(parent, resource.RLIMIT_CORE)",
    "the parent's priority": "os.setpriority(0, parent, os.getpriority(0, parent))",
    "everybody's priority": "os.setpriority(os.PRIO_USER, 0, os.getpriority(os.PRIO_PROCESS, 0))",
    "the group's priority": "os.setpriority(os.PRIO_PGRP, 0, os.getpriority(os.PRIO_PROCESS, 0))",
    "the parent's pages": "call('syscall', 279, parent, 0, None, None, None, 0)",
    "a signal at the parent's end": "call('prctl', 1, signal.SIGCONT, 0, 0, 0)",
    "a child that wakes its parent": "clone(signal.SIGCONT)",
    "a sibling": "clone(0x8000 | signal.SIGCHLD)",
    "the parent's cores": "os.sched_setaffinity(parent, os.sched_getaffinity(parent))",
    "the parent's scheduling": "os.sched_setscheduler(parent, os.SCHED_OTHER, os.sched_param(0))",
    "a session of its own": "os.setsid()",
    "a group of its own": "os.setpgid(0, 0)",
    # the network, and sockets as a way out
    "TCP": "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
    "TCP over IPv6": "socket.socket(socket.AF_INET6, socket.SOCK_STREAM)",
    "UDP": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "the parent's socket": "socket.socket(socket.AF_UNIX).connect(f'{outside}/stream')",
    "the parent's abstract socket": "socket.socket(socket.AF_UNIX).connect('\\0' + outside)",
    "the parent's datagram socket": (
        "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', f'{outside}/datagram')"
    ),
    # what outlives a process
    "System V shared memory": "call('shmctl', call('shmget', 0, 4096, 0o600), 0, None)",
    "System V message queues": "call('msgctl', call('msgget', 0, 0o600), 0, None)",
    "POSIX message queues": (
        "q = b'/judge-%d' % parent; call('mq_open', q, os.O_CREAT, 0o600, None); call('mq_unlink', q)"
    ),
    "System V semaphores": "call('semctl', call('semget', 0, 1, 0o600), 0, 0)",
}
# Only root could do these, whom the kernel refuses nothing else.
REFUSED_TO_ROOT = {
    "the machine's name": "socket.sethostname(socket.gethostname())",
    "the machine's clock": "time.clock_settime(time.CLOCK_REALTIME, time.time())",
    "a namespace of its own": "clone(0x10000000 | signal.SIGCHLD)",
    "another root": "os.chroot(scratch)",
    "a mount": "call('mount', b'none', scratch.encode(), b'tmpfs', 0, None)",
    "device nodes": "os.mknod('disk', 0o060600, os.makedev(7, 0)); os.open('disk', os.O_RDONLY)",
}
DISKS = sorted(str(p) for p in Path("/dev").iterdir() if p.is_block_device() and os.access(p, os.R_OK))
if DISKS:
    REFUSED_TO_ROOT["a disk"] = f"os.open({DISKS[-1]!r}, os.O_RDONLY)"

ALLOWED = {
    "files in scratch": "os.mkdir('a'); open('a/b', 'w').write('x'); os.rename('a/b', 'c'); os.unlink('c')",
    "a link in scratch": "open('a', 'w'); os.symlink('a', 'b'); os.link('a', 'c')",
    "reading outside": "open(f'{outside}/file').read(); open('/etc/passwd').read(); os.listdir('/usr')",
    "/dev/null": "open('/dev/null', 'w').write('x')",
    "/dev/urandom": "open('/dev/urandom', 'rb').read(8)",
    "its own priority": "os.nice(1); os.setpriority(os.PRIO_PROCESS, 0, 2)",
    "a child": "child = os.fork() or os._exit(7); assert os.waitpid(child, 0)[1] == 7 << 8",
    "a plain clone": "clone(signal.SIGCHLD); os.wait()",
    "a subprocess": "assert subprocess.check_output(['echo', 'hello']) == b'hello\\n'",
    "its own state": "open('/proc/self/status').read()",
    "its own name": "open('/proc/self/comm', 'w').write('runner')",
    "the machine's memory": "open('/proc/meminfo').read()",
    "threads": "t = threading.Thread(target=os.getpid); t.start(); t.join()",
    "signals to itself": "os.kill(os.getpid(), 0)",
    "signals to its children": "subprocess.Popen(['sleep', '60']).kill()",
    "a pair of sockets": "a, b = socket.socketpair(); a.send(b'x'); b.recv(1)",
    "a file as large as the limit": "os.posix_fallocate(os.open('a', 65), 0, 1 << 28)",
    "torch": "import torch; assert torch.ones(64, 64).matmul(torch.ones(64, 64)).sum() == 64**3",
}

LIMITED = {
    "a file larger than the limit": ("os.posix_fallocate(os.open('a', 65), 0, (1 << 28) + 1)", "EFBIG"),
    "more memory than the limit": ("bytearray(5 << 30)", "MemoryError"),
    "raising the limit of files": (
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))",
        "ValueError",
    ),
    "raising the limit of memory": ("resource.setrlimit(resource.RLIMIT_DATA, (-1, -1))", "ValueError"),
}


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder that is not the scratch folder, with a file, and with sockets of this process's."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "file").write_text("mine")
    (folder / "file").chmod(0o600)
    os.utime(folder / "file", (1e9, 1e9))
    stream, abstract = (socket.socket(socket.AF_UNIX) for _ in range(2))
    datagram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with stream, abstract, datagram:
        datagram.bind(str(folder / "datagram"))
        for each, address in ((stream, str(folder / "stream")), (abstract, f"\0{folder}")):
            each.bind(address)
            each.listen()
        yield folder


def probe(tmp_path: Path, statement: str, walls: bool = True) -> str:
    """What became of a statement in a process of its own, "allowed" or the error's name."""
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    result = subprocess.run(
        [
            *(sys.executable, "-c", PROBE),
            *(str(scratch), str(tmp_path / "outside"), "walls" if walls else "none", statement),
        ],
        cwd=scratch,
        env=judge_environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    if result.returncode == 77:
        pytest.skip(f"the sandbox is not complete here: {json.loads(result.stdout)}")
    assert result.returncode == 0
    return result.stdout.strip()


def state(folder: Path) -> dict[str, object]:
    """Everything about the files of a folder that a probe could change."""
    found: dict[str, object] = {}
    for path in (folder, *folder.iterdir()):
        s = path.lstat()
        found[path.name] = (s.st_mode, s.st_uid, s.st_gid, s.st_size, s.st_mtime_ns, s.st_nlink)
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path, outside: Path) -> None:
    before = state(outside)
    assert probe(tmp_path, REFUSED[name]) in ("EPERM", "EACCES", "EXDEV")
    assert state(outside) == before


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_possible_without_the_walls(name: str, tmp_path: Path, outside: Path) -> None:
    if name == "TCP over IPv6" and not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    assert probe(tmp_path, REFUSED[name], walls=False) == "allowed"


@pytest.mark.parametrize("name", REFUSED_TO_ROOT)
def test_refused_to_root_too(name: str, tmp_path: Path, outside: Path) -> None:
    assert probe(tmp_path, REFUSED_TO_ROOT[name]) in ("EPERM", "EACCES")


@pytest.mark.parametrize("name", ALLOWED)
def test_allowed(name: str, tmp_path: Path, outside: Path) -> None:
    assert probe(tmp_path, ALLOWED[name]) == "allowed"


@pytest.mark.parametrize("name", LIMITED)
def test_limited(name: str, tmp_path: Path) -> None:
    statement, error = LIMITED[name]
    assert probe(tmp_path, statement) == error


HOLDS_LOCKS = """
for folder in (os.environ["TMPDIR"], "/dev/shm", "/run/lock", "/var/lock"):
    for path, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".lock"):
                fcntl.flock(os.open(f"{path}/{name}", os.O_RDONLY), fcntl.LOCK_SH | fcntl.LOCK_NB)
print("tried", flush=True)
time.sleep(60)
"""


def test_a_gpus_lock_cannot_be_held_from_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a submission lets every judge wait for its turn, its own judge among them."""

    def busy(line: str) -> None:
        pytest.fail(line)

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    lock = Lock(Device("a GPU", uuid=f"test-{os.getpid()}"), busy)
    with lock.checking():
        pass
    (tmp_path / "scratch").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", PROBE, str(tmp_path / "scratch"), "", "walls", HOLDS_LOCKS],
        env=judge_environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            told = process.stdout.readline()  # by now it holds what it can
            if told.startswith("["):
                pytest.skip(f"the sandbox is not complete here: {told}")
            with lock.timing():
                pass
        finally:
            process.kill()
            for path in Path("/dev/shm").glob(f"judge-test-{os.getpid()}*"):
                path.unlink()


WAKES_ITSELF = """
import ctypes, signal, sys, threading, time
from judge.protocol import sandbox

if missing := sandbox.enter(sys.argv[1], 4 << 30, 1 << 28):
    sys.exit(77)

class Event(ctypes.Structure):  # struct sigevent
    _fields_ = [("value", ctypes.c_void_p), ("signal", ctypes.c_int), ("notify", ctypes.c_int)]
    _fields_ += [("rest", ctypes.c_byte * 48)]

signal.signal(signal.SIGCONT, lambda *_: None)
libc, timer = ctypes.CDLL(None), ctypes.c_void_p()
libc.timer_create(time.CLOCK_MONOTONIC, ctypes.byref(Event(None, signal.SIGCONT, 0)), ctypes.byref(timer))
every_10_ms = (ctypes.c_long * 4)(0, 10_000_000, 0, 10_000_000)
libc.timer_settime(timer, 0, every_10_ms, None)
while True:
    print("awake", flush=True)
    time.sleep(0.01)
"""


def test_a_stopped_process_cannot_wake_itself(tmp_path: Path) -> None:
    """What the clock stops must stand still: a timer that sends SIGCONT would undo SIGSTOP."""
    output = tmp_path / "output"
    with (
        output.open("wb") as file,
        subprocess.Popen(
            [sys.executable, "-c", WAKES_ITSELF, str(tmp_path)],
            stdout=file,
            env=judge_environment(tmp_path),
        ) as process,
    ):
        try:
            while output.stat().st_size < 100:
                if process.poll() == 77:
                    pytest.skip("the sandbox is not complete here")
                assert process.poll() is None
                time.sleep(0.05)
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
            time.sleep(0.1)
            before = output.stat().st_size
            time.sleep(0.5)
            assert output.stat().st_size == before
        finally:
            process.kill()


FILLS_SHARED_MEMORY = """
import mmap, time

shared = mmap.mmap(-1, 3 << 30)
for place in range(0, 3 << 30, mmap.PAGESIZE):
    shared[place] = 1
time.sleep(60)
"""


def test_shared_memory_counts_against_the_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RLIMIT_DATA does not see it, so the judge that watches the group must."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Runner("cpu", "", memory=2 << 30) as runner:
        runner.wait_ready()
        path = runner.scratch / "solution.py"
        path.write_text(FILLS_SHARED_MEMORY)
        program = dict(path=str(path), language="Python", entry="solve", role="solve", precision="ieee")
        with pytest.raises(Failure, match="more than 2 GiB of CPU memory"):
            runner.ask("load", 10, **program, names=["x", "out"], takes=[0], gives=[1])


# Becomes `python -m judge ...` on a kernel that knows no Landlock: its first system call answers ENOSYS.
OLDER_KERNEL = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
rows = [(0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, 0x00050000 | 38), (0x06, 0, 0, 0x7FFF0000)]
program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in rows))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, struct.pack("HxxxxxxP", len(rows), ctypes.addressof(program)), 0, 0) == 0
os.execv(sys.executable, [sys.executable, "-m", "judge", *sys.argv[1:]])
"""


def on_an_older_kernel(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", OLDER_KERNEL, "run", "vector_add", "solutions/vector_add.py", *arguments],
        cwd=ROOT,
        env=judge_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_an_older_kernel_is_used_as_far_as_it_goes_with_a_warning(tmp_path: Path) -> None:
    result = on_an_older_kernel(tmp_path, "--device", "interpreter", "--case", "4")
    assert result.returncode == 0, result.stderr
    assert result.stderr == (
        "warning: the sandbox is not complete here: Landlock is missing: the file system is open\n"
    )


def test_an_incomplete_sandbox_can_be_refused(tmp_path: Path) -> None:
    result = on_an_older_kernel(tmp_path, "--device", "interpreter", "--require-sandbox")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "judge: the sandbox is not complete here: Landlock is missing: the file system is open\n"
    )


# -- what is inside them ------------------------------------------------------------------------------

# All that a runner or a player may load of ours: each file can be read in a few minutes.
UNTRUSTED = sorted(
    path.relative_to(ROOT / "judge").as_posix()
    for folder in ("runner", "player", "protocol")
    for path in (ROOT / "judge" / folder).rglob("*.py")
)


def imported(path: Path) -> set[str]:
    """The modules of ours that a file imports, by their full names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            found.add("." * node.level)
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.startswith((".", "judge.")) or name == "judge"}


@pytest.mark.parametrize("name", UNTRUSTED)
def test_the_untrusted_side_imports_nothing_of_the_trusted_one(name: str) -> None:
    # What protocol's modules may import of one another is in pyproject.toml.
    allowed = ("judge.protocol.", f"judge.{name.partition('/')[0]}.")
    found = imported(ROOT / "judge" / name)
    assert all(each.startswith(allowed) for each in found), found


def test_nothing_of_the_trusted_side_imports_the_untrusted_one() -> None:
    for path in (ROOT / "judge").rglob("*.py"):
        if not path.is_relative_to(ROOT / "judge" / "runner"):
            assert not [name for name in imported(path) if name.startswith("judge.runner")], path


LISTS_MODULES = """
import sys
print("loaded:", *sorted(name for name in sys.modules if name.partition(".")[0] == "judge"))
raise ValueError
"""


def test_in_a_runner_nothing_of_the_trusted_side_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(LISTS_MODULES)
    options = SubmitOptions(device="interpreter", seed=1, case=1, record=False, timed=False)
    verdict = submit("vector_add", str(path), options, Observer())
    [line] = [line for line in verdict.output.splitlines() if line.startswith("loaded: ")]
    _, *loaded = line.split()
    assert "judge.runner.submission" in loaded
    allowed = ("judge.runner", "judge.protocol")
    assert all(name == "judge" or name.startswith(allowed) for name in loaded), loaded
