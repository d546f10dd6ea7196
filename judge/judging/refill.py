"""Draws fresh inputs for a pool, again and again, as fast as the GPU can.

For hundreds of small sets Python needs far more time than the GPU. So the draws are captured once in a CUDA
graph of the judge's own, whose generator gets a new seed before each replay. If a challenge's `inputs` cannot
be captured, it is called as usual.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from judge.challenges.protocol import Case, Challenge, Inputs
from judge.challenges.rng import Rng
from judge.engine.buffers import Pool
from judge.judging.expectation import Expectation
from judge.judging.session import Session
from judge.judging.tolerance import precision

SLOW_SECONDS = 0.02  # of a draw and its answer
FRESH = 2  # inputs that are new in each pass where they are slow
_random = secrets.SystemRandom()


@dataclass
class Drawn:
    """Inputs of a case that several pools use, where a draw or the reference takes long: then most inputs of
    a pass are those of an earlier one, in other sets. This is only for programs that cannot keep anything
    from pass to pass. `answers` has what is expected for some of them, by the inputs' id.
    """

    is_slow: bool | None = None  # None until that is known
    inputs: list[Inputs] = field(default_factory=list)
    answers: dict[int, Expectation] = field(default_factory=dict)

    def renew(self, wanted: int, draw: Callable[[], Inputs]) -> None:
        """Replace a few inputs, and have as many as are wanted."""
        wanted = max(wanted, len(self.inputs))
        _random.shuffle(self.inputs)
        for old in self.inputs[:FRESH]:
            self.answers.pop(id(old), None)
        del self.inputs[:FRESH]
        while len(self.inputs) < wanted:
            self.inputs.append(draw())


class Refill:
    """Draws inputs for the first `count` sets of a pool. `inputs` holds the last ones, of which the pool has
    copies; there may be none before the first call. Values that are not tensors are those of the case itself,
    the same in each set. What is not needed `often` is not worth a capture. Without `drawn` all inputs are
    new each time, however long it takes.
    """

    def __init__(
        self,
        session: Session,
        challenge: Challenge,
        case: Case,
        pool: Pool,
        count: int,
        often: bool = True,
        drawn: Drawn | None = None,
    ) -> None:
        self.inputs: list[Inputs] = []
        self._challenge, self._case, self._pool, self._count = challenge, case, pool, count
        self._rng = Rng(case.seed, session.torch_device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._drawn = drawn if drawn and self._is_slow(drawn) else None
        if often and session.sharing == "ipc" and not self._drawn:
            self._pool.write(0, self._draw())  # the first use loads modules, which a capture must not do
            self._capture()
        if not self._graph:
            self._fill()

    def __call__(self, seed: int, compared: Sequence[int] = ()) -> None:
        """Fill the sets with the inputs that follow from `seed`. The sets that will be `compared` get inputs
        whose answers are known, if there are such.
        """
        self._rng.reseed(seed)
        if self._graph:
            self._graph.replay()
        else:
            self._fill(compared)

    def _is_slow(self, drawn: Drawn) -> bool:
        for _ in range(2 if drawn.is_slow is None else 0):  # the first use takes longer
            began = time.monotonic()
            inputs = self._draw()
            with precision(self._challenge.precision):
                self._challenge.answer(inputs)
            if self._pool.memory.is_cuda:
                torch.cuda.synchronize()
            drawn.is_slow = time.monotonic() - began > SLOW_SECONDS
        return bool(drawn.is_slow)

    def _fill(self, compared: Sequence[int] = ()) -> None:
        if self._drawn:
            self._drawn.renew(self._count, self._draw)
            self.inputs = self._placed(self._drawn, compared)
        else:
            self.inputs = []
        for k in range(self._count):
            if not self._drawn:
                self.inputs.append(self._draw())
            self._pool.write(k, self.inputs[k])

    def _placed(self, drawn: Drawn, compared: Sequence[int]) -> list[Inputs]:
        """Inputs for all sets, most of them in another set than before."""
        found = _random.sample(drawn.inputs, self._count)
        known = [k for k, inputs in enumerate(found) if id(inputs) in drawn.answers]
        for k, other in zip(set(compared) - set(known), set(known) - set(compared), strict=False):
            found[k], found[other] = found[other], found[k]
        return found

    def _draw(self) -> Inputs:
        self._rng.rewind_values()
        return self._challenge.draw(self._rng, self._case.shape)

    def _capture(self) -> None:
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._rng.tensors)
        # PyTorch's own stream for captures stays on the device of its first capture in a process.
        stream = torch.cuda.Stream(self._pool.memory.device)  # type: ignore[no-untyped-call]
        try:
            # Not by torch.cuda.graph, which also collects garbage and empties PyTorch's cache.
            with torch.cuda.stream(stream):
                graph.capture_begin(capture_error_mode="thread_local")
                try:
                    self._fill()
                finally:
                    graph.capture_end()
            self._graph = graph
        except Exception:
            torch.cuda.synchronize()
