"""The judge's side of a player: the process of ours that replays a recording and times it (judge/player)."""

from typing import Any

from judge.engine import answers
from judge.engine.recordings import Held
from judge.engine.runner import Runner
from judge.verdict.diagnosis import Raised
from judge.verdict.failure import Failure

SETUP_SECONDS = 60.0  # for what a player does before kernels run: it is our own work
_LONGEST_US = 1e12  # no pass takes that long


class Player(Runner):
    """A player on a GPU. It serves one recording, and runs no line of the submission."""

    module = "judge.player.main"

    def __init__(self, visible: str | None = None, memory: int | None = None) -> None:
        super().__init__("cuda", visible, memory, triton=False)

    def take(self, held: Held, set_bytes: int, seconds: float) -> None:
        """Give it a recording. Raises Failure, and NotReplayable if the driver does not take it."""
        self.ask("take", seconds, [held.descriptor], size=held.size, set_bytes=set_bytes)

    def weigh(self, number: int, nodes: int, seconds: float) -> list[float]:
        """The microseconds of each node of a call on a set. They are a claim. Raises Failure."""
        told: Any = self.ask("weigh", seconds, number=number).get("us")
        if not isinstance(told, list) or len(told) != nodes or not all(map(_is_time, told)):
            raise answers.no_answer()
        return [float(us) for us in told]

    def check(self, packet: bytes) -> dict[str, Any]:
        """Read an answer. An error in a player is one of the kernels that it holds."""
        try:
            return super().check(packet)
        except Failure as failure:
            first = failure.problems[0]
            if not isinstance(first, Raised):
                raise
            told = f"its kernels failed while they were replayed: {first.summary}"
            raise Failure(failure.status, told) from None

    def read_us(self, packet: bytes) -> float:
        """The time in an answer to "go", in microseconds. It is a claim. Raises Failure."""
        told: Any = self.check(packet).get("us")
        if not _is_time(told):
            raise answers.no_answer()
        return float(told)


def _is_time(told: Any) -> bool:
    return type(told) in (int, float) and 0 <= told < _LONGEST_US
