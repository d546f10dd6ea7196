"""The judge's hold on one runner: start it, ask it, stop it, and leave nothing of it behind.

A runner's answer is a hint, never evidence. Here it is bounded in length and in time, and checked for its
form; what it is worth is decided by looking at the buffers.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from judge import limits
from judge.errors import BadInput
from judge.runner import PACKET
from judge.verdict import Failure

OUTPUT_SHOWN = 8 << 10  # bytes of stdout and stderr that are kept
OUTPUT_LIMIT = 16 << 20  # bytes after which the runner is killed
START_SECONDS = 300.0  # a cold import of torch from a network disk
_WATCH_SECONDS = 0.25
STOP_SECONDS = 5.0
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


class OutOfBounds(Failure):
    """The interpreter saw a kernel leave its buffers; the call itself is finished."""

    def __init__(self, text: str) -> None:
        super().__init__("wrong_answer", text)


class Runner:
    """One runner process in its own group, with a scratch folder of its own. Use it as a context manager.

    `device` is what the submission computes on, "cuda" or "cpu", or "none" where it is only compiled;
    `visible` is the CUDA_VISIBLE_DEVICES of the runner; `memory` bounds the CPU memory of the whole group, in
    bytes; `triton` is off where the judge's own PyTorch code runs.
    """

    def __init__(
        self, device: str, visible: str | None = None, memory: int | None = None, triton: bool = True
    ) -> None:
        self.memory = memory or limits.default_memory()
        self._missing: list[str] | None = None  # what the sandbox lacks, once the runner is ready
        self._killed_for = ""
        self.asked = time.monotonic()  # the last request, the start at first
        self._kept, self._printed = b"", 0
        self._buffer = memoryview(bytearray(PACKET))
        with _uninterrupted():
            self.scratch = Path(tempfile.mkdtemp(prefix="judge-")).resolve()
            started: list[subprocess.Popen[bytes]] = []
            # Runs at close, or when an interruption has kept the runner from anybody's hands.
            self._leave_nothing = weakref.finalize(self, _leave_nothing, started, self.scratch)
            self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            settings = dict(
                device=device,
                triton=triton,
                scratch=str(self.scratch),
                memory=self.memory,
                file_size=limits.FILE,
            )
            module = "judge.compiler" if device == "none" else "judge.runner"
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(theirs.fileno()), json.dumps(settings)],
                env=self._environment(device, visible),
                cwd=self.scratch,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
            started.append(self.process)
            theirs.close()
        self._reader = threading.Thread(target=_drain, args=(weakref.ref(self), self.process), daemon=True)
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

        Raises BadInput if it does not come so far: no submission has been loaded yet. Asked again, it
        answers at once.
        """
        if self._missing is None:
            try:
                answer = _read(self.receive(START_SECONDS))
            except Failure as failure:
                raise BadInput(f"a runner does not start: {failure.message}: {self._last_line()}") from None
            missing = [str(m) for m in answer.get("missing", [])]
            self._missing = missing if answer.get("said") == "ready" else ["the sandbox is unknown"]
        return self._missing

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
        self.asked = time.monotonic()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # receive says why
            if descriptors:
                socket.send_fds(self.channel, [packet], list(descriptors))
            else:
                self.channel.send(packet)

    def receive(self, seconds: float, spin: bool = False) -> bytes:
        """The answer's packet, unread. Raises Failure if the runner ends, or takes longer than `seconds` from
        when it was asked."""
        deadline = self.asked + seconds
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
                self.hold_to_limits()
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
                return self._receive_packet(socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
        return None

    def _receive_packet(self, flags: int = 0) -> bytes:
        try:
            size = self.channel.recv_into(self._buffer, 0, flags)
        except ConnectionResetError:
            size = 0
        if not size:
            raise Failure("runtime_error", self._why_it_ended())
        return bytes(self._buffer[:size])

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
        try:
            name = f"{signal.Signals(-code).name} ({signal.strsignal(-code)})"
        except ValueError:  # real-time signals have no name
            name = f"signal {-code}"
        return f"the process was ended by {name}"

    # -- holding ----------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop every process of the group; returns when the runner itself stands still.

        Raises Failure if it does not: a thread inside vfork holds out, and so may the submission.
        """
        self._continued()  # forget our own
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGSTOP)
        until = time.monotonic() + STOP_SECONDS
        while not self._state(os.WSTOPPED | os.WEXITED):
            if time.monotonic() > until:
                self.kill()
                raise Failure("rule_violation", "the submission could not be stopped")

    def require_stopped(self) -> None:
        """Raises Failure if the runner has been running since it was stopped."""
        if self._continued():
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
        self._killed_for = self._killed_for or reason
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill the group and remove its scratch folder. Safe to call again."""
        with _uninterrupted():
            self._leave_nothing()
        self._reader.join(timeout=2)
        self.channel.close()

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

    def printed(self, chunk: bytes) -> None:
        """Take note of some output."""
        self._printed += len(chunk)
        self._kept = (self._kept + chunk)[-OUTPUT_SHOWN:]
        if self._printed > OUTPUT_LIMIT:
            self.kill(f"the submission printed more than {OUTPUT_LIMIT >> 20} MiB")

    def hold_to_limits(self) -> None:
        """Kill the group if it uses more than it may."""
        reason = limits.exceeded(self.process.pid, self.scratch, self.memory)
        if reason:
            self.kill(reason)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait for a moment. A mask would not do: any thread may be given a signal."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {n: signal.signal(n, lambda number, frame: came.append(number)) for n in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def _leave_nothing(started: list[subprocess.Popen[bytes]], scratch: Path) -> None:
    for process in started:
        for _ in range(2):  # a child that was being forked meanwhile is in the group by the second time
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    # Folders may be unreadable, or nested deeper than Python's own functions go.
    for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        # In a session of its own, out of reach of the terminal's Ctrl-C.
        subprocess.run(
            [*command, "--", str(scratch)], stderr=subprocess.DEVNULL, check=False, start_new_session=True
        )


def _drain(runner: "weakref.ref[Runner]", process: subprocess.Popen[bytes]) -> None:
    """Keep the end of what a runner prints, and end a runner that prints without end."""
    assert process.stdout
    with process.stdout as pipe:
        while chunk := os.read(pipe.fileno(), 1 << 16):
            if (held := runner()) is not None:
                held.printed(chunk)
            del held


def _read(packet: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(packet)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Failure("rule_violation", _NO_ANSWER)
    return answer
