"""The judge's hold on one runner: start it, ask it, stop it, and leave nothing of it behind.

A runner's answer is a hint, never evidence. Here it is bounded in length and in time, and checked for its
form; what it is worth is decided by looking at the buffers.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from judge.errors import BadInput
from judge.runner import PACKET
from judge.verdict import Failure

OUTPUT_SHOWN = 8 << 10  # bytes of stdout and stderr that are kept
OUTPUT_LIMIT = 16 << 20  # bytes after which the runner is killed
FILE_LIMIT = 256 << 20
SCRATCH_LIMIT = 2 << 30
SCRATCH_FILES = 20_000
PROCESS_LIMIT = 256
START_SECONDS = 300.0  # a cold import of torch from a network disk
_WATCH_SECONDS = 0.25
_NO_ANSWER = "the runner's channel carried something else than an answer"

# All that a runner inherits. Everything else, tokens and paths of the user's among it, stays outside.
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


class BadSolution(Exception):
    """The file does not define what the challenge asks for."""


class OutOfBounds(Exception):
    """The interpreter saw a kernel leave its buffers; the call itself is finished."""


class Runner:
    """One runner process in its own group, with a scratch folder of its own. Use it as a context manager.

    `device` is what the submission computes on, "cuda" or "cpu"; `visible` is the CUDA_VISIBLE_DEVICES of
    the runner; `memory` bounds the CPU memory of the whole group, in bytes; `triton` is off where the judge's
    own PyTorch code runs.
    """

    def __init__(
        self, device: str, visible: str | None = None, memory: int | None = None, triton: bool = True
    ) -> None:
        self.memory = memory or max(4 << 30, _physical_memory() // 2)
        self.scratch = Path(tempfile.mkdtemp(prefix="judge-")).resolve()
        self._killed_for = ""
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = dict(
            device=device,
            triton=triton,
            scratch=str(self.scratch),
            memory=self.memory,
            file_size=FILE_LIMIT,
        )
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "judge.runner",
                str(theirs.fileno()),
                json.dumps(settings),
            ],
            env=self._environment(device, visible),
            cwd=self.scratch,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
        theirs.close()
        self._kept, self._printed = b"", 0
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def _environment(self, device: str, visible: str | None) -> dict[str, str]:
        scratch = str(self.scratch)
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment |= {
            "HOME": scratch,
            "TMPDIR": scratch,
            "XDG_CACHE_HOME": scratch,
            "TRITON_HOME": scratch,
            "TRITON_CACHE_DIR": f"{scratch}/triton",
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

    # -- talking ----------------------------------------------------------------------------------

    def wait_ready(self) -> list[str]:
        """Wait until the runner has entered its sandbox. Returns what the sandbox could not confine.

        Raises BadInput if it does not come so far: no submission has been loaded yet.
        """
        try:
            answer = _read(self.receive(START_SECONDS))
        except Failure as failure:
            raise BadInput(f"a runner does not start: {failure.message}: {self._last_line()}") from None
        missing = answer.get("missing", [])
        return [str(m) for m in missing] if answer.get("said") == "ready" else ["the sandbox is unknown"]

    def _last_line(self) -> str:
        self._reader.join(timeout=1)
        lines = self.output().strip().splitlines()
        return lines[-1] if lines else "it printed nothing"

    def ask(
        self,
        do: str,
        seconds: float,
        descriptors: Sequence[int] = (),
        spin: bool = False,
        **request: Any,
    ) -> None:
        """Send a request and wait until it is done.

        Raises Failure if the runner dies, lies in form, or takes longer than `seconds`; BadSolution and
        OutOfBounds for those two answers.
        """
        self.send(do, descriptors, **request)
        self.wait_done(seconds, spin)

    def send(self, do: str, descriptors: Sequence[int] = (), **request: Any) -> None:
        self.post(self.compose(do, **request), descriptors)

    def wait_done(self, seconds: float, spin: bool = False) -> None:
        self.check(self.receive(seconds, spin))

    # The four steps of a request, for the clock: between post and receive there is nothing else to do.

    def compose(self, do: str, **request: Any) -> bytes:
        """A request's packet. Raises Failure if the submission has spoken unasked."""
        if select.select([self.channel], [], [], 0)[0]:
            self._receive_packet()  # tells a dead runner from one that speaks
            raise Failure("rule_violation", "the submission wrote to the judge's channel unasked")
        return json.dumps(dict(do=do, **request)).encode()

    def post(self, packet: bytes, descriptors: Sequence[int] = ()) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # receive says why
            if descriptors:
                socket.send_fds(self.channel, [packet], list(descriptors))
            else:
                self.channel.send(packet)

    def receive(self, seconds: float, spin: bool = False) -> bytes:
        """The answer's packet, unread. Raises Failure if the runner ends or takes too long."""
        deadline = time.monotonic() + seconds
        packet = self._spin_for_packet() if spin else None
        watched = time.monotonic()
        while packet is None:
            if select.select([self.channel], [], [], 0.05)[0]:
                return self._receive_packet()
            now = time.monotonic()
            if now > deadline:
                self.kill()
                raise Failure("time_limit", f"no answer within {seconds:g} s (--timeout allows more)")
            if now - watched > _WATCH_SECONDS:
                self._watch()
                watched = time.monotonic()
        return packet

    def check(self, packet: bytes) -> None:
        """Read an answer. Raises Failure, BadSolution or OutOfBounds unless it is "done"."""
        answer = _read(packet)
        if answer.get("said") == "done":
            return
        kind, text = answer.get("kind"), answer.get("text")
        if answer.get("said") != "error" or not isinstance(text, str):
            raise Failure("rule_violation", _NO_ANSWER)
        if kind == "bad_solution":
            raise BadSolution(text)
        if kind == "out_of_bounds":
            raise OutOfBounds(text)
        raise Failure("compile_error" if kind == "compile_error" else "runtime_error", text.rstrip())

    def _spin_for_packet(self) -> bytes | None:
        """Poll for 50 ms: being woken costs more time, and less even time, than a kernel takes."""
        until = time.perf_counter() + 0.05
        while time.perf_counter() < until:
            try:
                return self._receive_packet(socket.MSG_DONTWAIT, 1 << 10)
            except BlockingIOError:
                pass
        return None

    def _receive_packet(self, flags: int = 0, size: int = PACKET) -> bytes:
        try:
            packet = self.channel.recv(size, flags)
        except ConnectionResetError:
            packet = b""
        if not packet:
            raise Failure("runtime_error", self._why_it_ended())
        return packet

    def _why_it_ended(self) -> str:
        if self._killed_for:
            return self._killed_for
        try:
            code = self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return "the submission closed the judge's channel"
        if self._killed_for:
            return self._killed_for
        if code >= 0:
            return f"the process ended itself with exit code {code} before it was done"
        name = signal.Signals(-code).name
        return f"the process was ended by {name} ({signal.strsignal(-code)})"

    # -- holding ----------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop every process of the group; returns when the runner itself stands still."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGSTOP)
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGCONT)

    def kill(self, reason: str = "") -> None:
        self._killed_for = self._killed_for or reason
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill the group and remove its scratch folder. Safe to call again."""
        self.kill()
        self.process.wait()
        self.kill()  # a child that was being forked meanwhile is in the group by now
        self._reader.join(timeout=2)
        self.channel.close()
        _remove(self.scratch)

    def __enter__(self) -> "Runner":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def output(self) -> str:
        """The last of what the submission printed."""
        text = self._kept.decode(errors="replace")
        left_out = self._printed - len(self._kept)
        return f"[{left_out} bytes left out]\n{text}" if left_out else text

    def _drain(self) -> None:
        assert self.process.stdout
        with self.process.stdout as pipe:
            while chunk := os.read(pipe.fileno(), 1 << 16):
                self._printed += len(chunk)
                self._kept = (self._kept + chunk)[-OUTPUT_SHOWN:]
                if self._printed > OUTPUT_LIMIT:
                    self.kill(f"the submission printed more than {OUTPUT_LIMIT >> 20} MiB")

    def _watch(self) -> None:
        """What limits of single processes cannot hold: the group's memory and number, the scratch folder."""
        group = _group_memory(self.process.pid)
        if sum(group) > self.memory:
            self.kill(f"the submission used more than {self.memory >> 30} GiB of CPU memory")
        if len(group) > PROCESS_LIMIT:
            self.kill(f"the submission started more than {PROCESS_LIMIT} processes")
        size, files = _folder_size(self.scratch)
        if size > SCRATCH_LIMIT or files > SCRATCH_FILES:
            self.kill(f"the submission filled its scratch folder ({size >> 20} MiB, {files} files)")


def _read(packet: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(packet)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Failure("rule_violation", _NO_ANSWER)
    return answer


def _physical_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _group_memory(group: int) -> list[int]:
    """Private resident memory of each process of a group, in bytes."""
    page = os.sysconf("SC_PAGE_SIZE")
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == group:
                    _, resident, shared = Path(f"/proc/{entry}/statm").read_text().split()[:3]
                    found.append((int(resident) - int(shared)) * page)
    return found


def _folder_size(folder: Path) -> tuple[int, int]:
    size = files = 0
    for path, _, names in os.walk(folder):
        for name in names:
            files += 1
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(path, name)).st_blocks * 512
        if files > SCRATCH_FILES:
            break
    return size, files


def _remove(folder: Path) -> None:
    """Remove a folder whose folders may have been made unreadable."""
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
    for path, folders, _ in os.walk(folder):
        for name in folders:
            inner = os.path.join(path, name)
            if not os.path.islink(inner):
                with contextlib.suppress(OSError):
                    os.chmod(inner, 0o700)
    shutil.rmtree(folder, ignore_errors=True)
