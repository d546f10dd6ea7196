"""One shape of a comparison: every program is loaded afresh, judged, and timed beside the others."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

import torch

from judge import sweep
from judge.baselines import BUILT_IN
from judge.benchmark import Company
from judge.challenge import Case
from judge.clock import Side, SideFailure, measure
from judge.compare import OwnError
from judge.correctness import Findings, SizedCase, call, check, differs, too_large
from judge.device import Lock
from judge.errors import BadInput
from judge.inputs import derive
from judge.program import Program
from judge.results import Entry, Row
from judge.roofline import moved_bytes
from judge.setting import Setting
from judge.verdict import Failure, Timing


def size(number: int, shape: sweep.Shape, setting: Setting, seed: int) -> tuple[Row, SizedCase | None]:
    """A row without times, and its case; None if its inputs alone do not fit into memory."""
    name = sweep.text(shape)
    case = Case(number, shape, derive(seed, "compare", name))
    try:
        inputs, outputs, flops = setting.challenge.sizes(case, setting.torch_device)
    except (torch.OutOfMemoryError, MemoryError):
        torch.cuda.empty_cache()
        return Row(name, shape), None
    except BadInput as error:
        raise BadInput(f"the challenge cannot draw {name}: {error}") from None
    return Row(name, shape, moved_bytes(inputs, outputs), flops), SizedCase(case, inputs, outputs)


@dataclass
class Round:
    """One shape: its row, which `play` fills, and what else was seen meanwhile."""

    row: Row
    sized: SizedCase | None
    setting: Setting
    shared: bool = False
    warnings: list[str] = field(default_factory=list)
    _entries: dict[str, Entry] = field(default_factory=dict)
    _errors: dict[str, dict[str, OwnError]] = field(default_factory=dict)  # PyTorch's own, by program

    def play(
        self, programs: list[Program], lock: Lock, budget: float, tell: Callable[[str, int], None]
    ) -> None:
        """Judge the answers, then time all that are right and able; `budget` seconds for each."""
        device = self.setting.device
        self._entries = {p.name: Entry(p.name) for p in programs}
        self.row.entries = list(self._entries.values())
        if not self.sized or too_large(self.sized, self.row.flops, device):
            for entry in self.row.entries:
                entry.drop("too_large" if self.sized else "no_room")
            return
        loaded, ready = [], []
        with lock.checking() if device.is_gpu else nullcontext():
            for program in programs:  # all of them first: what the last shape took is then given back
                with self._noting(program):
                    program.load(self.setting, checked=program.name not in BUILT_IN)
                    loaded.append(program)
            for program in loaded:
                tell(f"checking {program.name}", 0)
                with self._noting(program):
                    self._check(program, self.sized)
                    ready.append(program)
        if device.is_gpu:
            with lock.timing():
                company = Company(device, [p.runner for p in programs])
                self._time(ready, self.sized, budget, tell)
                self.shared = company.seen()

    @contextmanager
    def _noting(self, program: Program, side: Side | None = None) -> Iterator[None]:
        """Why a program drops out of this shape goes into its entry."""
        try:
            yield
        except (Failure, torch.OutOfMemoryError, MemoryError) as error:
            if side:
                side.release()
            if isinstance(error, Failure):
                program.failed(error, self._entries[program.name])
            else:
                self._entries[program.name].drop("no_room")
        torch.cuda.empty_cache()  # the golden answer took much of what the runners need

    def _check(self, program: Program, sized: SizedCase) -> None:
        entry = self._entries[program.name]
        if program.solution:
            findings = Findings()
            check([program.runner], self.setting, [sized], findings, lambda done, total: None)
            if findings.skipped:
                raise MemoryError
            entry.status = "right"
            self._errors[program.name] = findings.errors
            self.warnings += [f"{program.name}: {warning}" for warning in findings.warnings]
        elif program.name == "compile":
            call(program.runner, self.setting, sized)  # now, while no other judge waits for the clock
        elif program.name not in BUILT_IN:
            message, left_out = differs(program.runner, self.setting, sized)
            if message:
                entry.note = "differs from the reference"
                self.warnings.append(
                    f"{program.name} differs from the reference at {self.row.name}: {message}"
                )
            elif left_out:
                entry.note = f"without {', '.join(left_out)}"

    def _time(
        self,
        ready: list[Program],
        sized: SizedCase,
        budget: float,
        tell: Callable[[str, int], None],
    ) -> None:
        sides: dict[Program, Side] = {}
        try:
            for program in ready:
                tell(f"preparing {program.name}", 0)
                errors = self._errors.get(program.name, {})
                side = Side(program.runner, self.setting, sized.case, program.solution is not None, errors)
                with self._noting(program, side):
                    if not program.solution and program.name not in BUILT_IN:
                        program.load(self.setting)  # as it was, it also copied its answers
                    side.prepare((sized.inputs, sized.outputs))
                    sides[program] = side
            while sides:
                try:
                    self._measure(sides, budget * len(sides), lambda n: tell("timing", n))
                    break
                except SideFailure as failure:  # the others go on without it
                    loser = next(p for p, side in sides.items() if side is failure.side)
                    del sides[loser]
                    with self._noting(loser, failure.side):
                        raise
        except (torch.OutOfMemoryError, MemoryError):
            for program in sides:
                self._entries[program.name].drop("no_room")
        finally:
            for side in sides.values():
                side.release()
            torch.cuda.empty_cache()

    def _measure(self, sides: dict[Program, Side], budget: float, tick: Callable[[int], None]) -> None:
        captured = {p: side for p, side in sides.items() if side.method == "graph"} or sides
        for program, timing in zip(captured, measure([*captured.values()], budget, tick=tick), strict=True):
            self._note_time(program, timing)
        if len(captured) < len(sides):
            timings = measure([*sides.values()], budget, method="eager", tick=tick)
            for program, timing in zip(sides, timings, strict=True):
                if program not in captured:
                    self._note_time(program, timing)
                entry = self._entries[program.name]
                entry.eager_us, entry.eager_ci95_us = timing.median_us, timing.ci95_us

    def _note_time(self, program: Program, timing: Timing) -> None:
        entry = self._entries[program.name]
        if timing.median_us <= 0:
            entry.drop("busy")
            return
        entry.status = "timed"
        entry.median_us, entry.ci95_us = timing.median_us, timing.ci95_us
        entry.samples, entry.method = timing.samples, timing.method
