"""The judge's side of a player: the process of ours that replays a recording and times it (judge/player)."""

import math
from typing import Any

from judge.engine.recordings import Held
from judge.engine.runner import Runner


class Player(Runner):
    """A player on a GPU. It serves one recording, and runs no line of the submission."""

    module = "judge.player.main"

    def __init__(self, visible: str | None = None, memory: int | None = None) -> None:
        super().__init__("cuda", visible, memory, triton=False)

    def load(self, held: Held, set_bytes: int, seconds: float) -> None:
        """Give it a recording. Raises Failure, and NotReplayable if the driver does not take it."""
        self.ask("load", seconds, [held.descriptor], size=held.size, set_bytes=set_bytes)

    def read_us(self, packet: bytes) -> float:
        """The time in an answer to "go", in microseconds. It is a claim. Raises Failure."""
        told: Any = self.check(packet).get("us")
        return float(told) if isinstance(told, int | float) and 0 <= told < math.inf else math.nan
