"""Draws fresh inputs for a pool, again and again, as fast as the GPU can.

For hundreds of small sets Python needs far more time than the GPU. So the draws are captured once in a CUDA
graph of the judge's own, whose generator gets a new seed before each replay. If a challenge's `inputs` cannot
be captured, it is called as usual.
"""

import torch

from judge.challenges.protocol import Case, Challenge, Inputs
from judge.challenges.rng import Rng
from judge.engine.buffers import Pool
from judge.judging.session import Session


class Refill:
    """Draws inputs for the first `count` sets of a pool. `inputs` holds the last ones, of which the pool has
    copies. Values that are not tensors are those of the case itself, the same in each set. What is not needed
    `often` is not worth a capture."""

    def __init__(
        self,
        session: Session,
        challenge: Challenge,
        case: Case,
        pool: Pool,
        count: int,
        often: bool = True,
    ) -> None:
        self.inputs: list[Inputs] = []
        self._challenge, self._case, self._pool, self._count = challenge, case, pool, count
        self._rng = Rng(case.seed, session.torch_device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._draw()  # the first use loads modules, which must not happen in a capture
        if often and session.sharing == "ipc":
            self._capture()

    def __call__(self, seed: int) -> None:
        """Fill the sets with the inputs that follow from `seed`."""
        self._rng.reseed(seed)
        if self._graph:
            self._graph.replay()
        else:
            self._draw()

    def _draw(self) -> None:
        self.inputs = []
        for k in range(self._count):
            self._rng.rewind_values()
            self.inputs.append(self._challenge.draw(self._rng, self._case.shape))
            self._pool.write(k, self.inputs[k])

    def _capture(self) -> None:
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._rng.tensors)
        drawn = self.inputs
        # PyTorch's own stream for captures stays on the device of its first capture in a process.
        stream = torch.cuda.Stream(self._pool.memory.device)  # type: ignore[no-untyped-call]
        try:
            with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
                self._draw()
            self._graph = graph
        except Exception:
            self.inputs = drawn
            torch.cuda.synchronize()
