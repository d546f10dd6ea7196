"""One side of a comparison: a solution or a baseline, in a runner of its own, replaced when it breaks."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from judge.baselines import load_baseline, reason
from judge.device import Device
from judge.errors import BadInput
from judge.process import BadSolution, Runner
from judge.results import Entry
from judge.submit import SUBMISSION_NAME, send_solution
from judge.text import clean
from judge.verdict import Failure
from judge.workspace import Solution

if TYPE_CHECKING:
    from judge.setting import Setting


class Program:
    """A solution, or else the baseline of this name. Its runner starts at once; `close` ends it."""

    def __init__(self, name: str, device: Device, solution: Solution | None = None) -> None:
        self.name, self.solution = name, solution
        self._device = device
        self._broken = False
        self._start()

    def _start(self) -> None:
        kind = "cuda" if self._device.is_gpu else "cpu"
        self.runner = Runner(kind, self._device.visible, triton=self.solution is not None)

    def close(self) -> None:
        """End the runner and whatever it started."""
        self.runner.close()

    def load(self, setting: "Setting", checked: bool = False) -> None:
        """Load it anew, in a new runner if the last one broke: its time on one shape is not to depend on the
        shapes before.

        `checked` has a baseline leave its answers in the outputs. Raises Failure, and BadInput for a solution
        that does not answer to the challenge's signature.
        """
        if self._broken:
            self.close()
            self._start()
            self._broken = False
        self.runner.wait_ready()
        try:
            if self.solution:
                send_solution(self.runner, self.solution, setting.challenge)
                self.runner.wait_done(setting.seconds)
            else:
                load_baseline(self.runner, setting, self.name, checked)
        except BadSolution as error:
            title = self.solution.title if self.solution else self.name
            text = " ".join(clean(str(error)).split())
            raise BadInput(f"{title}: {text}; expected is {setting.challenge.signature()}") from None

    def failed(self, failure: Failure, entry: Entry) -> None:
        """Note in `entry` why there is no time, and whether the runner is of no more use."""
        text = clean(failure.message)
        if self.solution:
            path = str(self.runner.scratch / SUBMISSION_NAME)
            entry.drop(failure.status, text.replace(path, self.solution.title))
        elif "OutOfMemoryError" in text:
            entry.drop("no_room")
        else:
            entry.drop("not_supported", reason(text))
        ended = failure.status in ("time_limit", "rule_violation") or self.runner.process.poll() is not None
        self._broken = ended or "CUDA error" in text


def labels(solutions: Sequence[Solution], taken: Sequence[str]) -> list[str]:
    """Short names for solutions: the file's, or where that says too little the path as it was typed."""
    stems = [Path(s.title).stem for s in solutions]
    return [
        clean(s.title if stems.count(stem) > 1 or stem in taken else stem)
        for s, stem in zip(solutions, stems, strict=True)
    ]
