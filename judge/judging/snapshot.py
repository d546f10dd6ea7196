"""Copies some bytes of the outputs to the judge's own memory: the end of a timed pass."""

import secrets

import torch

from judge.engine.buffers import Pool
from judge.protocol import cuda
from judge.verdict.failure import Failure

WINDOWS, WINDOW_BYTES = 8, 64  # in the outputs of every set
_random = secrets.SystemRandom()


class Snapshot:
    """Some bytes of the outputs: WINDOWS windows at random places, the same ones in each of `count` sets.

    The GPU's copy engine reads them. A kernel of the judge would have to wait until the GPU has switched from
    the runner's context to the judge's, which takes 150 µs on an H200.
    """

    def __init__(self, pool: Pool, count: int) -> None:
        outputs = [t for t in pool.outputs if t.elements]
        self._windows: list[tuple[int, int]] = []  # first byte in a set, bytes
        for tensor in outputs:
            width = min(WINDOW_BYTES, tensor.bytes)
            for _ in range(max(2, WINDOWS // len(outputs))):
                start = _random.randrange(0, tensor.bytes - width + 1)
                self._windows.append((pool.offsets[tensor.name] + start, width))
        self._memory, self._count = pool.memory, count
        on_gpu = pool.memory.is_cuda
        self._here = torch.empty(
            len(self._windows), count, WINDOW_BYTES, dtype=torch.uint8, pin_memory=on_gpu
        )
        self._stream = torch.cuda.current_stream().cuda_stream
        self._copies = [
            cuda.row_copy(
                here.data_ptr(), WINDOW_BYTES, pool.memory.data_ptr() + start, pool.stride, width, count
            )
            for here, (start, width) in zip(self._here, self._windows, strict=True)
        ]

    def take(self) -> None:
        """Copy the bytes as they are now into the judge's own memory."""
        if self._memory.is_cuda:
            for copy in self._copies:
                cuda.start_copy(copy, self._stream)
            torch.cuda.synchronize()
        else:
            for here, (start, width) in zip(self._here, self._windows, strict=True):
                here[:, :width] = self._memory[: self._count, start : start + width]

    def require_same(self, moment: str) -> None:
        """Take the bytes again. Raises Failure if they are not those that were taken last."""
        # Compared as bytes, which wakes no threads of torch's.
        before = self._here.numpy().tobytes()
        self.take()
        if self._here.numpy().tobytes() != before:
            raise Failure("rule_violation", f"outputs were still being written after {moment}")
