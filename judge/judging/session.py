"""What many submissions to one challenge on one device share: set up once, in any process, on any device.

A session owns the processes that it starts; it ends them when it is left. It leaves its process as it was:
the current CUDA device is a thread's own, and is put back. While a reference computes, PyTorch's precision
flags are set for the whole process, as there are no others: two sessions in two threads want challenges of
the same precision.
"""

import contextlib
import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

from judge.challenges.format import FoundChallenge
from judge.engine.device import Device
from judge.engine.lock import Lock
from judge.engine.runner import Runner
from judge.errors import BadInput

if TYPE_CHECKING:
    from judge.challenges.protocol import Challenge
    from judge.engine.buffers import Sharing
    from judge.verdict.verdict import Verdict

SECONDS = 60.0


@dataclass(frozen=True)
class Observer:
    """Who is told on the way: `say` a line for people, `progress` what is being done and how far it is,
    `right` the verdict so far when all cases are right and timing begins."""

    say: Callable[[str], None] = lambda line: None
    progress: Callable[[str, int, int], None] = lambda what, done, total: None
    right: Callable[["Verdict"], None] = lambda verdict: None


class Session:
    """One challenge on one device. `seconds` is what one call of a submission may take.

    Runners import torch while the judge does: start them before the first use of `challenge`. Use it as a
    context manager.
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
        self._processes = ExitStack()
        self._lock = Lock(device, self.observer.say)
        self.baselines: dict[str, Runner] = {}

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._processes.close()

    # -- processes --------------------------------------------------------------------------------

    def start_runner(self, triton: bool = True) -> Runner:
        """A runner for one submission, started and not yet ready; it ends with the session at the latest."""
        kind = "cuda" if self.device.is_gpu else "cpu"
        runner = Runner(kind, self.device.visible, triton=triton)
        self._processes.callback(runner.close)
        return runner

    def start_baselines(self, *names: str) -> None:
        """A runner of its own for each baseline, which serves all submissions: it holds our own code."""
        for name in names:
            self.baselines[name] = self.start_runner(triton=False)

    def wait_ready(self, *runners: Runner) -> None:
        """Wait until runners have entered their sandbox. What it lacks is a warning, told once, or BadInput
        where a whole sandbox is required.
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
        """How memory is shared with runners here."""
        from judge.engine.buffers import sharing

        return sharing(self.device)

    @property
    def torch_device(self) -> str:
        return self.device.torch_name

    @contextlib.contextmanager
    def on_device(self) -> Iterator[None]:
        """The session's GPU is this thread's current one; without a GPU, torch leaves cores to the
        interpreter.
        """
        import torch

        if self.device.is_gpu:
            with torch.cuda.device(self.device.index):
                yield
            return
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # the cases are small, and the interpreter wants the cores
        try:
            yield
        finally:
            torch.set_num_threads(threads)

    def checking(self) -> AbstractContextManager[None]:
        """A turn on the GPU beside other judges that check."""
        return self._lock.checking() if self.device.is_gpu else nullcontext()

    def timing(self) -> AbstractContextManager[None]:
        """A turn on the GPU alone, with the garbage collected before it."""
        return self._timing() if self.device.is_gpu else nullcontext()

    @contextlib.contextmanager
    def _timing(self) -> Iterator[None]:
        with self._lock.timing():
            # Each capture of a graph collects garbage; what is loaded by now need not be looked at there.
            gc.collect()
            frozen = gc.get_freeze_count()
            if not frozen:  # what somebody else has frozen would be thawed with ours
                gc.freeze()
            try:
                yield
            finally:
                if not frozen:
                    gc.unfreeze()
