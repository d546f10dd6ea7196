"""The set-up that many submissions to one challenge on one device share, in any process, on any device.

A session owns the processes that it starts, and ends them when it is left. It leaves its own process as it
was: the current CUDA device belongs to a thread, and is restored. While a reference computes, PyTorch's
precision flags are set for the whole process, because PyTorch has no flags for one thread. So two sessions
in two threads need challenges of the same precision.
"""

import contextlib
import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from judge.challenges.format import FoundChallenge
from judge.engine.device import Device
from judge.engine.lock import Lock as DeviceLock
from judge.engine.player import Player
from judge.engine.process import end
from judge.engine.runner import Runner
from judge.errors import BadInput
from judge.protocol import cuda

if TYPE_CHECKING:
    from torch import Tensor

    from judge.challenges.protocol import Challenge
    from judge.engine.buffers import Sharing
    from judge.verdict.verdict import Verdict

SECONDS = 60.0
GPU_RUNNERS = 4
PLAYER_BYTES = 1 << 30  # of the GPU's memory that suffice for a player's context
P = TypeVar("P", bound=Runner)


@dataclass(frozen=True)
class Observer:
    """The functions that are called on the way. `say` gets a line for people. `progress` gets what is being
    done, how much is done, and the total. `right` gets the verdict so far, when all cases are right and
    timing begins."""

    say: Callable[[str], None] = lambda line: None
    progress: Callable[[str, int, int], None] = lambda what, done, total: None
    right: Callable[["Verdict"], None] = lambda verdict: None


class _FewThreads:
    """Lets torch use one thread while a session of the process wants this: the cases are small, and the
    interpreter needs the cores. The number belongs to the whole process, so the last session restores it.
    """

    _lock, _inside, _before = Lock(), 0, 0

    def __enter__(self) -> None:
        import torch

        with _FewThreads._lock:
            if not _FewThreads._inside:
                _FewThreads._before = torch.get_num_threads()
            _FewThreads._inside += 1
            torch.set_num_threads(1)

    def __exit__(self, *_: object) -> None:
        import torch

        with _FewThreads._lock:
            _FewThreads._inside -= 1
            if not _FewThreads._inside:
                torch.set_num_threads(_FewThreads._before)


class Session:
    """One challenge on one device. `seconds` is the time that one call of a submission may take.

    Start runners before the first use of `challenge`: then they import torch while the judge does. Use it as
    a context manager.
    """

    def __init__(
        self,
        found: FoundChallenge,
        device: Device,
        seconds: float = SECONDS,
        observer: Observer | None = None,
        require_sandbox: bool = False,
    ) -> None:
        self.found, self.device, self.seconds = found, device, seconds
        self.observer = observer or Observer()
        self._require_sandbox, self._warned = require_sandbox, False
        self._runners: list[Runner] = []
        self._lock = DeviceLock(device, self.observer.say)
        self.baselines: dict[str, Runner] = {}
        self._next_player: Player | None = None
        self.processes = {os.getpid()}  # all that are or were the session's
        self._other_data: Tensor | None = None  # what fills the L2 cache

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        end(self._runners)

    # -- processes --------------------------------------------------------------------------------

    def start_runner(self, triton: bool = True) -> Runner:
        """Start a runner for one submission. It is not ready yet. Close it when its submission is judged; it
        ends with the session at the latest.
        """
        kind = "cuda" if self.device.is_gpu else "cpu"
        return self._kept(Runner(kind, self.device.visible, triton=triton))

    def start_runners(self) -> list[Runner]:
        """Start runners that share the cases of one submission, because compiling takes long. What is timed
        is recorded in two of them.
        """
        count = max(2, min(GPU_RUNNERS, (os.cpu_count() or 1) // 2)) if self.device.is_gpu else 1
        runners = [self.start_runner() for _ in range(count)]
        if self.device.is_gpu:
            cuda.start_context(self.device.index)  # the judge's own, while it imports torch
        return runners

    def start_player(self) -> Player:
        """A player for one recording, ready. It ends with the session at the latest. The next one starts
        meanwhile.

        Raises BadInput, and MemoryError if the GPU has no room for a player.
        """
        import torch

        player, self._next_player = self._next_player, None
        try:
            if player:
                self.wait_ready(player)
                player = None if player.process.poll() is not None else player
        except BadInput:  # it began while the GPU's memory was full
            player = None
        if not player:
            torch.cuda.empty_cache()
            player = self._kept(Player(self.device.visible))
            self._wait_for_room(player)
        self.expect_player()
        return player

    def expect_player(self) -> None:
        """Start the next player, which will be needed soon."""
        self._next_player = self._next_player or self._kept(Player(self.device.visible))

    def _wait_for_room(self, player: Player) -> None:
        import torch

        try:
            self.wait_ready(player)
        except BadInput:
            free, _ = torch.cuda.mem_get_info(self.torch_device)
            if free < PLAYER_BYTES:
                raise MemoryError("there is no room for a player") from None
            raise

    def _kept(self, process: P) -> P:
        self._runners = [*(each for each in self._runners if not each.closed), process]
        self.processes.add(process.process.pid)
        return process

    def start_baselines(self, *names: str) -> None:
        """Start a runner for each baseline. It serves all submissions, because it runs only our own code."""
        for name in names:
            self.baselines[name] = self.start_runner(triton=False)

    def wait_ready(self, *runners: Runner) -> None:
        """Wait until runners have entered their sandbox. If the sandbox is not complete, warn once, or raise
        BadInput if a complete one is required.
        """
        for runner in runners:
            missing = "; ".join(runner.wait_ready())
            if missing and self._require_sandbox:
                raise BadInput(f"the sandbox is not complete here: {missing}")
            if missing and not self._warned:
                self.observer.say(f"warning: the sandbox is not complete here: {missing}")
                self._warned = True

    # -- what torch is needed for -----------------------------------------------------------------

    @cached_property
    def challenge(self) -> "Challenge":
        """The challenge, loaded. Raises BadInput."""
        return self.found.load()

    @cached_property
    def sharing(self) -> "Sharing":
        """The way in which memory is shared with runners here."""
        from judge.engine.buffers import sharing

        return sharing(self.device)

    @property
    def torch_device(self) -> str:
        return self.device.torch_name

    @contextlib.contextmanager
    def on_device(self) -> Iterator[None]:
        """Make the session's GPU the current one of this thread. Without a GPU, let torch use one core and
        leave the others to the interpreter.
        """
        import torch

        if self.device.is_gpu:
            with torch.cuda.device(self.device.index):
                yield
            return
        with _FewThreads():
            yield

    def flush_l2(self, times: int) -> None:
        """Fill the GPU's L2 cache with other data, `times` as much as it holds."""
        import torch

        if self._other_data is None:
            size = torch.cuda.get_device_properties(self.torch_device).L2_cache_size
            self._other_data = torch.zeros(times * size // 4, dtype=torch.int32, device=self.torch_device)
        self._other_data.amax()  # read, not written: a kernel must not pay for what is written back

    def checking(self) -> AbstractContextManager[None]:
        """Hold the GPU together with other judges that check."""
        return self._lock.checking() if self.device.is_gpu else nullcontext()

    def timing(self) -> AbstractContextManager[None]:
        """Hold the GPU alone, with little for the garbage collector to look at."""
        return self._timing() if self.device.is_gpu else nullcontext()

    @contextlib.contextmanager
    def _timing(self) -> Iterator[None]:
        with self._lock.timing():
            # Each capture of a graph collects garbage. Frozen objects take no time there.
            frozen = gc.get_freeze_count()
            if not frozen:  # unfreezing would also unfreeze what other code has frozen
                gc.freeze()
            try:
                yield
            finally:
                if not frozen:
                    gc.unfreeze()
