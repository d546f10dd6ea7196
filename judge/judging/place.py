"""A place in memory at which a recording is replayed: sets of buffers, memory of its own, what comes late.

A time depends on where things lie in memory, so a side is timed at several places.
"""

from contextlib import ExitStack
from typing import Any

from judge.challenges.protocol import Sizes
from judge.engine.buffers import Pool
from judge.engine.memory import OwnMemory
from judge.judging.late import LateInputs
from judge.judging.refill import Drawn, Refill
from judge.judging.snapshot import Snapshot
from judge.protocol.recording import Memory


class Place:
    """Memory for `calls` calls, and for some more sets that no call gets. `often` says whether each pass gets
    fresh inputs. Raises MemoryError and torch.OutOfMemoryError.
    """

    def __init__(
        self,
        device: str,
        sizes: Sizes,
        memory: tuple[Memory, ...],
        calls: int,
        often: bool,
        drawn: Drawn,
    ) -> None:
        with ExitStack() as opened:
            self.pool = Pool(sizes.tensors, device, "ipc", calls + max(2, calls // 4))
            opened.callback(self.pool.close)
            self.memory = OwnMemory(memory, device)
            opened.callback(self.memory.close)
            self.late = LateInputs(self.pool, device)
            opened.callback(self.late.close)
            self.snapshot = Snapshot(self.pool, self.pool.count)
            self.refill = Refill(self.pool, self.pool.count, drawn, often)
            self._opened = opened.pop_all()

    @property
    def map(self) -> dict[str, Any]:
        """What a player needs to open the memory: the arguments of its `map`."""
        return dict(
            handle=self.pool.handle,
            stride=self.pool.stride,
            memory=self.memory.rows,
            late=self.late.handle,
        )

    def fill(self, seed: int, compared: list[int]) -> None:
        """Give all sets fresh inputs, and poison what is only written. `compared` as in Refill."""
        self.refill(seed, compared)
        self.pool.poison()

    def close(self) -> None:
        """Give the memory back. A player should have unmapped it."""
        del self.refill, self.snapshot
        self._opened.close()
