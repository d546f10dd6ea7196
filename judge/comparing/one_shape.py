"""One shape of a comparison: every contestant is loaded again, judged, and timed beside the others."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from judge.challenges.protocol import BUILT_IN_BASELINES, Case, sizes_of
from judge.challenges.rng import derive
from judge.comparing import sweep
from judge.comparing.contestant import Contestant
from judge.comparing.results import Cell, Row
from judge.engine.answers import NotReplayable
from judge.engine.process import stopped
from judge.errors import BadInput
from judge.judging.benchmark import OtherPrograms
from judge.judging.calls import SizedCase
from judge.judging.correctness import Findings, call, check, differs, too_large
from judge.judging.programs import Program, by_process, by_replay, merged, recorded_of_ours
from judge.judging.recorded import record_twice
from judge.judging.replay_clock import ReplaySide
from judge.judging.session import Session
from judge.judging.timing import Timed
from judge.judging.tolerance import Errors
from judge.verdict.failure import Failure
from judge.verdict.wording import told


def size(number: int, shape: sweep.Shape, session: Session, seed: int) -> tuple[Row, SizedCase | None]:
    """A row without times, and its case. The case is None if its inputs alone do not fit into memory."""
    name = sweep.text(shape)
    case = Case(number, shape, derive(seed, "compare", name))
    try:
        sizes = sizes_of(session.challenge, case, session.torch_device)
    except (torch.OutOfMemoryError, MemoryError):
        torch.cuda.empty_cache()
        return Row(name, shape), None
    except BadInput as error:
        raise BadInput(f"the challenge cannot draw {name}: {error}") from None
    return Row(name, shape, sizes.moved_bytes, sizes.flops), SizedCase(case, sizes)


@dataclass
class OneShape:
    """The row of a shape, which `compare` fills, and what was seen while it did."""

    row: Row
    sized: SizedCase | None
    session: Session
    shared: bool = False
    warnings: list[str] = field(default_factory=list)
    _cells: dict[str, Cell] = field(default_factory=dict)
    _errors: dict[str, Errors] = field(default_factory=dict)  # by contestant

    def compare(self, contestants: list[Contestant], budget: float, tell: Callable[[str, int], None]) -> None:
        """Judge the answers, then time all contestants that run and are right, for `budget` seconds each."""
        session = self.session
        self._cells = {c.name: Cell(c.name) for c in contestants}
        self.row.entries = list(self._cells.values())
        if not self.sized or too_large(self.sized.sizes, session.device):
            for cell in self.row.entries:
                cell.drop("too_large" if self.sized else "no_room")
            return
        loaded, ready = [], []
        with session.checking():
            for each in contestants:  # all of them first: this frees the memory that the last shape took
                with self._noting(each):
                    each.load(checked=each.name not in BUILT_IN_BASELINES)
                    loaded.append(each)
            for each in loaded:
                tell(f"checking {each.name}", 0)
                with self._noting(each):
                    self._check(each, self.sized)
                    ready.append(each)
        if session.device.is_gpu:
            with session.timing():
                others = OtherPrograms(session)
                self._time(ready, contestants, self.sized, budget, tell)
                self.shared = others.seen()

    @contextmanager
    def _noting(self, contestant: Contestant) -> Iterator[None]:
        """Record in a contestant's cell why it has no time on this shape."""
        try:
            yield
        except Failure as failure:
            contestant.failed(failure, self._cells[contestant.name])
        except (torch.OutOfMemoryError, MemoryError):
            self._cells[contestant.name].drop("no_room")
        torch.cuda.empty_cache()  # the golden answer took much memory that the runners need

    def _check(self, contestant: Contestant, sized: SizedCase) -> None:
        cell, name = self._cells[contestant.name], contestant.name
        if contestant.solution:
            findings = Findings()
            check([contestant.runner], self.session, [sized], findings, lambda done, total: None)
            if findings.skipped:
                raise MemoryError
            cell.status = "right"
            self._errors[name] = findings.errors
            self.warnings += [f"{name}: {warning}" for warning in findings.warnings]
        elif name == "compile":
            call(contestant.runner, self.session, sized)  # now, while no other judge waits for the clock
        elif name not in BUILT_IN_BASELINES:
            problems, left_out = differs(contestant.runner, self.session, sized)
            if problems:
                cell.note = "differs from the reference"
                what = "\n".join(told(problems))
                self.warnings.append(f"{name} differs from the reference at {self.row.name}: {what}")
            elif left_out:
                cell.note = f"without {', '.join(left_out)}"

    def _time(
        self,
        ready: list[Contestant],
        everyone: list[Contestant],
        sized: SizedCase,
        budget: float,
        tell: Callable[[str, int], None],
    ) -> None:
        able = []
        for each in ready:
            with self._noting(each):
                if not each.solution and each.name not in BUILT_IN_BASELINES:
                    each.load()  # the checked one also copied its answers
                able.append(each)
        programs = [
            Program(each.runner, each.solution is not None, self._errors.get(each.name, {})) for each in able
        ]
        sides = [self._recorded(each, sized) for each in able]
        seconds = budget * len(able)
        processed = None
        if not all(sides):
            processed = by_process(programs, self.session, sized, seconds, lambda n: tell("timing", n))
        # A solution's runner serves the next shape too, so it is stopped here and not ended. So is that of
        # one that is not timed: it shall not disturb the others.
        with stopped(each.runner for each in everyone):
            replayed = by_replay(sides, self.session, sized, seconds, lambda n: tell("timing", n))
        timed = merged(replayed, processed)
        for each, of_each in zip(able, timed, strict=True):
            with self._noting(each):
                self._note_time(self._cells[each.name], of_each)

    def _any_errors(self) -> Errors:
        """PyTorch's own errors on this shape, which are the same beside every solution."""
        return next(iter(self._errors.values()), {})

    def _recorded(self, contestant: Contestant, sized: SizedCase) -> ReplaySide | None:
        """What a contestant launches, in a player, None if it cannot be replayed."""
        runner, errors = contestant.runner, self._any_errors()
        if not contestant.solution:
            return recorded_of_ours(runner, self.session, sized, errors)
        if self.session.sharing != "ipc":
            return None
        try:
            return record_twice(runner, runner, self.session, sized, errors)
        except (NotReplayable, Failure, torch.OutOfMemoryError, MemoryError):
            torch.cuda.empty_cache()
            return None

    def _note_time(self, cell: Cell, timed: Timed) -> None:
        """Write a time into a cell. Raises the error if there is no time because of one."""
        if timed.failure:
            raise timed.failure
        if not timed.timing:
            raise MemoryError
        timings = [t for t in (timed.timing, timed.process) if t]
        if min(t.median_us for t in timings) <= 0:
            cell.drop("busy")
            return
        timing = timed.timing
        cell.status, cell.median_us, cell.ci95_us = "timed", timing.median_us, timing.ci95_us
        cell.samples, cell.method = timing.samples, timing.method
        cell.noisy = next((t.noisy for t in timings if t.noisy), "")
        if timed.process:
            cell.process_us, cell.process_ci95_us = timed.process.median_us, timed.process.ci95_us
