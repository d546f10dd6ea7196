"""Draws fresh inputs for a pool, again and again, as fast as the GPU can.

For hundreds of small sets Python needs far more time than the GPU. So the draws are captured once in a CUDA
graph of the judge's own, whose generator gets a new seed before each replay. If a challenge's `inputs` cannot
be captured, it is called as usual.
"""

import secrets
import time
from dataclasses import dataclass, field

import torch

from judge.challenges.protocol import Case, Challenge, Inputs
from judge.challenges.rng import Rng
from judge.engine.buffers import Pool
from judge.judging.session import Session

SLOW_SECONDS = 0.01  # of one draw
FRESH = 2  # inputs that are new in each pass where draws are slow
_random = secrets.SystemRandom()


@dataclass
class Drawn:
    """Inputs of slow draws, which several pools use. Then most inputs of a pass are those of an earlier one,
    in other sets. This is only for programs that cannot keep anything from pass to pass.
    """

    is_slow: bool | None = None  # None until that is known
    inputs: list[Inputs] = field(default_factory=list)


class Refill:
    """Draws inputs for the first `count` sets of a pool. `inputs` holds the last ones, of which the pool has
    copies. Values that are not tensors are those of the case itself, the same in each set. What is not needed
    `often` is not worth a capture. Without `drawn` all inputs are new each time, however long it takes.
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
        self._fill()  # the first use loads modules, which must not happen in a capture
        if often and session.sharing == "ipc" and not self._drawn:
            self._capture()

    def __call__(self, seed: int) -> None:
        """Fill the sets with the inputs that follow from `seed`."""
        self._rng.reseed(seed)
        if self._graph:
            self._graph.replay()
        else:
            self._fill()

    def _is_slow(self, drawn: Drawn) -> bool:
        for _ in range(2 if drawn.is_slow is None else 0):  # the first use takes longer
            began = time.monotonic()
            self._draw()
            torch.cuda.synchronize()
            drawn.is_slow = time.monotonic() - began > SLOW_SECONDS
        return bool(drawn.is_slow)

    def _fill(self) -> None:
        self.inputs = []
        if self._drawn:
            self.inputs = self._some(self._drawn.inputs)
        for k in range(self._count):
            if not self._drawn:
                self.inputs.append(self._draw())
            self._pool.write(k, self.inputs[k])

    def _some(self, drawn: list[Inputs]) -> list[Inputs]:
        """Inputs for all sets, a few of them new, and each in another set than before."""
        wanted = max(len(drawn), self._count)
        _random.shuffle(drawn)
        del drawn[:FRESH]
        while len(drawn) < wanted:
            drawn.append(self._draw())
        return _random.sample(drawn, self._count)

    def _draw(self) -> Inputs:
        self._rng.rewind_values()
        return self._challenge.draw(self._rng, self._case.shape)

    def _capture(self) -> None:
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._rng.tensors)
        drawn = self.inputs
        # PyTorch's own stream for captures stays on the device of its first capture in a process.
        stream = torch.cuda.Stream(self._pool.memory.device)  # type: ignore[no-untyped-call]
        try:
            with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
                self._fill()
            self._graph = graph
        except Exception:
            self.inputs = drawn
            torch.cuda.synchronize()
