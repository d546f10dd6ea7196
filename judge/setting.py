"""What stays the same through one judgement."""

from dataclasses import dataclass

from judge.buffers import How
from judge.challenge import Challenge
from judge.device import Device


@dataclass(frozen=True)
class Setting:
    """The challenge, where it is judged, how memory is shared there, and the seconds allowed for one call."""

    challenge: Challenge
    device: Device
    how: How
    seconds: float

    @property
    def torch_device(self) -> str:
        return self.device.torch_name
