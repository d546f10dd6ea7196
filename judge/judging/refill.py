"""Draws fresh inputs of a case, again and again, as fast as the GPU can, and fills pools with them.

For hundreds of small sets Python needs far more time than the GPU. So the draws are captured once in a CUDA
graph of the judge's own, whose generator gets a new seed before each replay. If a challenge's `inputs` cannot
be captured, it is called as usual.
"""

import secrets
import time
from collections.abc import Sequence

import torch

from judge.challenges.protocol import Case, Challenge, Inputs
from judge.challenges.rng import Rng, fresh_seed
from judge.engine.buffers import Pool
from judge.judging.expectation import Expectation
from judge.judging.session import Session
from judge.judging.tolerance import precision

SLOW_SECONDS = 0.02  # of a draw and its answer
FRESH = 2  # inputs that are new in each pass where they are slow
_random = secrets.SystemRandom()


class Drawn:
    """Inputs of a case in the judge's own memory, of which several pools get copies. Values that are not
    tensors are those of the case itself, the same each time.

    Where a draw or the reference takes long, most inputs of a pass are those of an earlier one, in other
    sets, if they may be `moved`. This is only for programs that cannot keep anything from pass to pass. Then
    `answers` has what is expected for some of them, by the inputs' id.
    """

    def __init__(self, session: Session, challenge: Challenge, case: Case, moved: bool = True) -> None:
        self.inputs: list[Inputs] = []
        self.answers: dict[int, Expectation] = {}
        self.is_slow: bool | None = None if moved else False  # None until that is known
        self._session, self._challenge, self._case = session, challenge, case
        self._rng = Rng(case.seed, session.torch_device)
        self._graph: torch.cuda.CUDAGraph | None = None  # which draws all inputs anew
        self._captures = session.sharing == "ipc"

    def renew(self, seed: int, wanted: int, often: bool = True) -> None:
        """Have new inputs that follow from `seed`, as many as are wanted at least; only a few of them are new
        where that is slow. What is not needed `often` is not worth a capture.
        """
        if self.is_slow is None:
            self.is_slow = self._takes_long()
        is_captured = self._graph and wanted <= len(self.inputs)
        if often and self._captures and not self.is_slow and not is_captured:
            self._capture(wanted)
        self._rng.reseed(seed)
        if self.is_slow:
            self._replace_a_few(wanted)
        elif self._graph and wanted <= len(self.inputs):
            self._graph.replay()
        else:
            self.inputs, self._graph = [], None  # first give the memory back
            self._draw_all(wanted)

    def _replace_a_few(self, wanted: int) -> None:
        wanted = max(wanted, len(self.inputs))
        _random.shuffle(self.inputs)
        for old in self.inputs[:FRESH]:
            self.answers.pop(id(old), None)
        del self.inputs[:FRESH]
        self._draw_all(wanted)

    def _draw_all(self, wanted: int) -> None:
        while len(self.inputs) < wanted:
            self.inputs.append(self._draw())

    def _draw(self) -> Inputs:
        self._rng.rewind_values()
        return self._challenge.draw(self._rng, self._case.shape)

    def _takes_long(self) -> bool:
        took = 0.0
        for _ in range(2):  # the first use takes longer
            began = time.monotonic()
            inputs = self._draw()
            with precision(self._challenge.precision):
                self._challenge.answer(inputs)
            if self._session.device.is_gpu:
                torch.cuda.synchronize()
            took = time.monotonic() - began
        return took > SLOW_SECONDS

    def _capture(self, wanted: int) -> None:
        self._graph, self.inputs = None, []
        self._draw()  # the first use loads modules, which a capture must not do
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._rng.tensors)
        # PyTorch's own stream for captures stays on the device of its first capture in a process.
        stream = torch.cuda.Stream(self._session.torch_device)  # type: ignore[no-untyped-call]
        try:
            # Not by torch.cuda.graph, which also collects garbage and empties PyTorch's cache.
            with torch.cuda.stream(stream):
                graph.capture_begin(capture_error_mode="thread_local")
                try:
                    self._draw_all(wanted)
                finally:
                    graph.capture_end()
            self._graph = graph
        except Exception:
            torch.cuda.synchronize()
            self._captures, self.inputs = False, []


class Refill:
    """Fills the first `count` sets of a pool. `inputs` holds what they got last. It is filled now, and with
    each call; if not `often`, the program does not look at what is there.
    """

    def __init__(self, pool: Pool, count: int, drawn: Drawn, often: bool = True) -> None:
        self.inputs: list[Inputs] = []
        self._pool, self._count, self._drawn, self._often = pool, count, drawn, often
        self(fresh_seed())

    def __call__(self, seed: int, compared: Sequence[int] = ()) -> None:
        """Fill the sets with the inputs that follow from `seed`. The sets that will be `compared` get inputs
        whose answers are known, if there are such.
        """
        self.inputs = []  # their memory may be needed for the next ones
        self._drawn.renew(seed, self._count, self._often)
        drawn = self._drawn.inputs
        self.inputs = self._placed(drawn, compared) if self._drawn.is_slow else drawn[: self._count]
        self._pool.fill(self.inputs)

    def _placed(self, drawn: list[Inputs], compared: Sequence[int]) -> list[Inputs]:
        """Inputs for all sets, most of them in another set than before."""
        found = _random.sample(drawn, self._count)
        known = [k for k, inputs in enumerate(found) if id(inputs) in self._drawn.answers]
        for k, other in zip(set(compared) - set(known), set(known) - set(compared), strict=False):
            found[k], found[other] = found[other], found[k]
        return found
