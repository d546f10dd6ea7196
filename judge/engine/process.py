"""The judge's side of an untrusted process: it is started, stopped and ended here.

The process has its own group, scratch folder, limits and sandbox. It inherits nothing that is not named here,
and leaves nothing behind.
"""

import array
import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from judge.engine import limits
from judge.engine.interrupts import uninterrupted
from judge.engine.scratch import make_scratch, remove_scratch
from judge.engine.stubs import give_stubs
from judge.engine.watchdog import watchdog
from judge.verdict.failure import Failure

OUTPUT_SHOWN = 8 << 10  # bytes of stdout and stderr that are kept
OUTPUT_LIMIT = 16 << 20  # bytes after which the process is killed
STOP_SECONDS = 5.0
WATCH_SECONDS = 0.25  # between two looks at what a group uses
_END_SECONDS = 10.0  # for a killed process: one that waits for a driver ends only when the driver answers
_OUTPUT_SECONDS = 0.5  # to read what has been printed already

# The environment variables that a runner inherits. All others, such as tokens and the user's paths, stay out.
_INHERITED: tuple[str, ...] = (
    "PATH",
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "CC",
    "CUDA_HOME",
    "CUDA_PATH",
)
_INHERITED += ("CUDA_DEVICE_ORDER", "TRITON_PTXAS_PATH", "OMP_NUM_THREADS")


class Process:
    """One process in its own group, with a scratch folder of its own. Use it as a context manager. `module`
    is what it runs.

    `device` is what the submission computes on, "cuda" or "cpu", or "none" if it is only compiled. `visible`
    is the CUDA_VISIBLE_DEVICES of the process. `memory` bounds the CPU memory of the whole group, in bytes.
    `triton` is off if the judge's own PyTorch code runs.
    """

    module = "judge.runner.main"

    def __init__(
        self, device: str, visible: str | None = None, memory: int | None = None, triton: bool = True
    ) -> None:
        self.memory = memory or limits.default_memory()
        self.killed_for = ""
        self.looked = 0.0  # when the group was last held to its limits
        self.closed = False
        self._kept, self._printed = b"", 0
        with uninterrupted():
            self.scratch, held = make_scratch()
            watchdog().add(self.scratch)
            started: list[subprocess.Popen[bytes]] = []
            # Runs at close, or if an interruption comes before the caller has the runner.
            self._leave_nothing = weakref.finalize(self, _leave_nothing, started, self.scratch, held)
            if device == "cuda" and triton:
                give_stubs(self.triton_cache)
            self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            settings = dict(
                device=device,
                triton=triton,
                scratch=str(self.scratch),
                memory=self.memory,
                file_size=limits.FILE,
            )
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", self.module, str(theirs.fileno()), json.dumps(settings)],
                env=self._environment(device, visible),
                cwd=self.scratch,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
            started.append(self.process)
            watchdog().add(self.scratch, self.process.pid)
            theirs.close()
        self._reading = threading.Lock()
        arguments = weakref.ref(self), self.process, self._reading
        self._reader = threading.Thread(target=_drain, args=arguments, daemon=True)
        self._reader.start()

    @property
    def triton_cache(self) -> Path:
        return self.scratch / "triton"

    def _environment(self, device: str, visible: str | None) -> dict[str, str]:
        scratch = str(self.scratch)
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment |= {
            "HOME": scratch,
            "TMPDIR": scratch,
            "XDG_CACHE_HOME": scratch,
            "TRITON_HOME": scratch,
            "TRITON_CACHE_DIR": str(self.triton_cache),
            "TORCHINDUCTOR_CACHE_DIR": f"{scratch}/inductor",
            "TORCHINDUCTOR_COMPILE_THREADS": "1",
            "CUDA_CACHE_PATH": f"{scratch}/cuda",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry),
        }
        if device == "cpu":
            environment["TRITON_INTERPRET"] = "1"
        if visible is not None:
            environment["CUDA_VISIBLE_DEVICES"] = visible
        return environment

    def stop(self) -> None:
        """Stop every process of the group. Returns when all have stopped.

        Raises Failure if it does not stop. A thread inside vfork does not, and a submission may use that.
        """
        if time.monotonic() - self.looked > WATCH_SECONDS:
            self.hold_to_limits()
        self._continued()  # forgets that we continued it ourselves
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGSTOP)
        until = time.monotonic() + STOP_SECONDS
        while not self._state(os.WSTOPPED | os.WEXITED) or limits.is_awake(self.process.pid):
            if time.monotonic() > until:
                self.kill()
                raise Failure("rule_violation", "the submission could not be stopped")

    def require_stopped(self) -> None:
        """Raises Failure if a process of the group has been running since all were stopped."""
        if self._continued() or limits.is_awake(self.process.pid):
            self.kill()
            raise Failure("rule_violation", "the submission went on while it was stopped")

    def _continued(self) -> bool:
        with contextlib.suppress(ChildProcessError):
            return os.waitid(os.P_PID, self.process.pid, os.WCONTINUED | os.WNOHANG) is not None
        return False

    def _state(self, wanted: int) -> bool:
        with contextlib.suppress(ChildProcessError):
            return os.waitid(os.P_PID, self.process.pid, wanted | os.WNOWAIT | os.WNOHANG) is not None
        return True

    def resume(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGCONT)

    def kill(self, reason: str = "") -> None:
        self.killed_for = self.killed_for or reason
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill the group and remove its scratch folder. Safe to call again."""
        self.closed = True
        with uninterrupted():
            self._leave_nothing()
        self._reader.join(timeout=2)
        self.channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def output(self) -> str:
        """The end of what the submission printed, with what it printed last."""
        until = time.monotonic() + _OUTPUT_SECONDS
        while self._unread() and time.monotonic() < until:
            time.sleep(0.005)
        with self._reading:
            text = self._kept.decode(errors="replace")
            left_out = self._printed - len(self._kept)
        return f"[{left_out} bytes left out]\n{text}" if left_out else text

    def _unread(self) -> int:
        """Bytes that are printed, and not read yet."""
        assert self.process.stdout
        count = array.array("i", [0])
        with contextlib.suppress(OSError, ValueError):  # the pipe is closed: all is read
            fcntl.ioctl(self.process.stdout.fileno(), termios.FIONREAD, count)
        return count[0]

    def printed(self, chunk: bytes) -> None:
        """Count some output and keep its end."""
        self._printed += len(chunk)
        self._kept = (self._kept + chunk)[-OUTPUT_SHOWN:]
        if self._printed > OUTPUT_LIMIT:
            self.kill(f"the submission printed more than {OUTPUT_LIMIT >> 20} MiB")

    def hold_to_limits(self) -> None:
        """Kill the group if it uses more than it may."""
        self.looked = time.monotonic()
        reason = limits.exceeded(self.process.pid, self.scratch, self.memory)
        if reason:
            self.kill(reason)

    def why_it_ended(self) -> str:
        """The reason why a process has ended, in words. Its channel is closed."""
        if self.killed_for:
            return self.killed_for
        try:
            code = self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return "the submission closed the judge's channel"
        if self.killed_for:
            return self.killed_for
        if code >= 0:
            return f"the process ended itself with exit code {code} before it was done"
        try:
            name = f"{signal.Signals(-code).name} ({signal.strsignal(-code)})"
        except ValueError:  # real-time signals have no name
            name = f"signal {-code}"
        return f"the process was ended by {name}"


def end(processes: Iterable[Process]) -> None:
    """Close some processes. All are killed first: each takes a moment to leave its GPU."""
    ending = [each for each in processes if not each.closed]
    for each in ending:
        each.kill()
    for each in ending:
        each.close()


@contextlib.contextmanager
def stopped(processes: Iterable[Process]) -> Iterator[None]:
    """Stop some processes for a while."""
    held: list[Process] = []
    try:
        for each in processes:
            if each.process.poll() is None:
                held.append(each)
                with contextlib.suppress(Failure):  # what cannot be stopped has been killed
                    each.stop()
        yield
    finally:
        for each in held:
            each.resume()


def _leave_nothing(started: list[subprocess.Popen[bytes]], scratch: Path, held: int) -> None:
    for process in started:
        for _ in range(2):  # a child that is forked during the first kill is in the group for the second
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_END_SECONDS)
    remove_scratch(scratch)
    watchdog().forget(scratch)
    os.close(held)


def _drain(runner: "weakref.ref[Process]", process: subprocess.Popen[bytes], reading: threading.Lock) -> None:
    """Read all that a runner prints, and keep the end of it. A runner that prints too much is killed."""
    assert process.stdout
    os.set_blocking(process.stdout.fileno(), False)
    with process.stdout as pipe:
        while True:
            select.select([pipe], [], [])
            with reading:
                try:
                    chunk = os.read(pipe.fileno(), 1 << 16)
                except BlockingIOError:  # the submission has opened its own output, and took it
                    continue
                if chunk and (held := runner()) is not None:
                    held.printed(chunk)
                    del held
            if not chunk:
                return
