"""The judge's side of the channel to a runner: it sends requests and waits for answers.

A runner's answer is a hint, never evidence. Here its length, its time and its form are checked. Whether it is
true is decided by looking at the buffers.
"""

import contextlib
import select
import socket
import time
from collections.abc import Sequence
from typing import Any

from judge.engine import answers
from judge.engine.process import WATCH_SECONDS, Process
from judge.engine.recordings import Held
from judge.engine.stubs import keep_stubs
from judge.errors import BadInput
from judge.protocol import messages
from judge.protocol.messages import PACKET
from judge.verdict.failure import Failure

START_SECONDS = 300.0  # a cold import of torch from a network disk


class Runner(Process):
    """A process that serves the judge's requests (judge/runner/main.py)."""

    def __init__(
        self, device: str, visible: str | None = None, memory: int | None = None, triton: bool = True
    ) -> None:
        if device == "none":
            self.module = "judge.runner.compiler"
        super().__init__(device, visible, memory, triton)
        self._builds_stubs = device == "cuda" and triton
        self._missing: list[str] | None = None  # what the sandbox lacks, once the runner is ready
        self.asked = time.monotonic()  # the time of the last request, at first that of the start
        self.loaded = ""  # the path of the file that it was asked to load
        self.broken = False  # whether it says that nothing works any more on its device
        self._doing = ""  # the last request
        self._buffer = memoryview(bytearray(PACKET))

    def wait_ready(self) -> list[str]:
        """Wait until the runner has entered its sandbox. Returns what the sandbox could not confine.

        Raises BadInput if it does not get there: no submission is loaded yet, so none can be the reason. A
        second call returns at once.
        """
        if self._missing is None:
            try:
                answer = messages.read(self.receive(START_SECONDS)) or {}
            except Failure as failure:
                raise BadInput(f"a runner does not start: {failure.message}: {self._last_line()}") from None
            missing = answer.get("missing")
            known = answer.get("said") == "ready" and isinstance(missing, list)
            self._missing = [str(m) for m in missing or []] if known else ["the sandbox is unknown"]
            if self._builds_stubs:
                keep_stubs(self.triton_cache)
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
    ) -> dict[str, Any]:
        """Send a request and wait until it is done. Returns the answer.

        Raises Failure if the runner ends, gives no proper answer, or takes longer than `seconds`. Raises
        BadSolution, StrayAccesses or NotReplayable if the answer says so.
        """
        self.send(do, descriptors, **request)
        return self.wait_done(seconds, spin)

    def send(self, do: str, descriptors: Sequence[int] = (), **request: Any) -> None:
        self.post(self.compose(do, **request), descriptors)

    def wait_done(self, seconds: float, spin: bool = False) -> dict[str, Any]:
        return self.check(self.receive(seconds, spin))

    # The steps of a request, one by one for the clock: between post and receive nothing else takes time.

    def put_source(self, name: str, source: str, seconds: float) -> str:
        """Give it a source, which it writes itself to a file of this name. Returns the file's path.

        Where a submission may have been, the judge writes nothing: a name may be a link by now. Raises
        Failure.
        """
        path = str(self.scratch / name)
        with Held(source.encode()) as held:
            self.ask("source", seconds, [held.descriptor], path=path, size=held.size)
        return path

    def compose(self, do: str, **request: Any) -> bytes:
        """A request's packet. Raises Failure if the submission has sent something unasked."""
        if select.select([self.channel], [], [], 0)[0]:
            self._receive_packet()  # raises another Failure if the runner is dead
            raise Failure("rule_violation", "the submission wrote to the judge's channel unasked")
        if "path" in request:
            self.loaded = str(request["path"])
        self._doing = do
        return messages.request(do, **request)

    def post(self, packet: bytes, descriptors: Sequence[int] = ()) -> None:
        """Send a packet. Raises Failure if the other side has left so many unread that there is no room."""
        self.asked = time.monotonic()
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # receive says why
                if descriptors:
                    socket.send_fds(self.channel, [packet], list(descriptors), socket.MSG_DONTWAIT)
                else:
                    self.channel.send(packet, socket.MSG_DONTWAIT)
        except BlockingIOError:
            self.kill()
            raise Failure("rule_violation", "the submission does not read the judge's requests") from None

    def receive(self, seconds: float, spin: bool = False) -> bytes:
        """The answer's packet, not parsed yet. Raises Failure if the runner ends, or takes longer than
        `seconds` from the time of the request."""
        deadline = self.asked + seconds
        packet = self._spin_for_packet() if spin else None
        while packet is None:
            if select.select([self.channel], [], [], 0.05)[0]:
                return self._receive_packet()
            now = time.monotonic()
            if now > deadline:
                self.kill()
                raise Failure("time_limit", f"no answer within {seconds:g} s (--timeout allows more)")
            if now - max(self.looked, self.asked) > WATCH_SECONDS:
                self.hold_to_limits()
        return packet

    def check(self, packet: bytes) -> dict[str, Any]:
        """Read an answer. Raises Failure, BadSolution, StrayAccesses or NotReplayable unless it is "done"."""
        answer = messages.read(packet) or {}
        if answer.get("said") != "done":
            self.broken = answer.get("broken") is True
            raise answers.error(answer, self.loaded, self._doing)
        return answer

    def _spin_for_packet(self) -> bytes | None:
        """Poll for 50 ms. Waking up takes longer than a kernel, and its time varies more."""
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
            raise Failure("runtime_error", self.why_it_ended())
        return bytes(self._buffer[:size])
