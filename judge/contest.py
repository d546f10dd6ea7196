"""Solutions and baselines against one another on a sweep of shapes, under the same rules as a submission.

On each shape every program is loaded afresh, the solutions' answers are judged, and all that are right are
timed, pass by pass in turn.
"""

import importlib.metadata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from judge import __version__, sweep
from judge.baselines import BUILT_IN, baseline_errors, require_known
from judge.device import Device, Lock, choose
from judge.errors import BadInput
from judge.program import Program, labels
from judge.standings import Entry, Row, Standings
from judge.submit import SECONDS, Observer, clean, require
from judge.verdict import Failure, Timing
from judge.workspace import find_challenge, find_solution

if TYPE_CHECKING:
    from judge.challenge import Challenge
    from judge.clock import Side
    from judge.compare import OwnError
    from judge.correctness import SizedCase
    from judge.setting import Setting

BUDGET = 0.4


@dataclass(frozen=True)
class Options:
    """What the command line can ask for. `budget` is seconds of sampling, per program and shape."""

    against: tuple[str, ...] = ("torch",)
    shapes: tuple[str, ...] = ()
    sweep: tuple[str, ...] = ()
    device: str = "auto"
    seed: int | None = None
    budget: float = BUDGET
    seconds: float = SECONDS
    require_sandbox: bool = False
    command: str = ""


def compare(
    challenge_name: str, solution_names: tuple[str, ...], options: Options, observer: Observer
) -> Standings:
    """Compare solutions and baselines. Raises BadInput for what the user can mend."""
    folder = find_challenge(challenge_name)
    solutions = [find_solution(name) for name in dict.fromkeys(solution_names)]
    for option, texts in (("--shape", options.shapes), ("--sweep", options.sweep)):
        for text in texts:
            sweep.pairs(option, text)
    device = choose(options.device)
    if not device.is_gpu and not solutions:
        raise BadInput("times need a GPU, and no solution is named whose answers could be checked without")
    if device.is_gpu and len(solutions) + len(options.against) < 2:
        raise BadInput("there is nothing to compare with: name another solution, or more after --against")
    if not device.is_gpu and options.device == "auto":
        observer.say("no GPU: judging correctness only, on Triton's interpreter")

    with ExitStack() as stack:
        # The runners import torch while the judge does.
        programs = []
        for name, solution in zip(labels(solutions, options.against), solutions, strict=True):
            programs.append(Program(name, device, solution))
            stack.callback(programs[-1].close)
        for name in options.against if device.is_gpu else ():
            programs.append(Program(name, device))
            stack.callback(programs[-1].close)

        from judge.challenge import Challenge

        challenge = Challenge(folder)
        require_known(options.against, challenge)
        for program in programs:
            named = program.solution.challenge if program.solution else ""
            if named not in ("", challenge.name):
                observer.say(f"{program.name} says CHALLENGE = {named!r}, compared as {challenge.name}")
        standings = _nothing_yet(challenge, device, programs, options)
        _fill(standings, challenge, device, programs, options, observer)
    standings.conclude()
    return standings


def _nothing_yet(
    challenge: "Challenge", device: Device, programs: list[Program], options: Options
) -> Standings:
    from judge.inputs import fresh_seed

    return Standings(
        challenge=challenge.name,
        device=device.name,
        driver=device.driver,
        torch=importlib.metadata.version("torch"),
        triton=importlib.metadata.version("triton"),
        judge=__version__,
        date=datetime.now(UTC).date().isoformat(),
        command=options.command,
        seed=fresh_seed() if options.seed is None else options.seed,
        solutions={p.name: clean(p.solution.title) for p in programs if p.solution},
        against=[p.name for p in programs if not p.solution],
    )


def _fill(
    standings: Standings,
    challenge: "Challenge",
    device: Device,
    programs: list[Program],
    options: Options,
    observer: Observer,
) -> None:
    """Add a row for each shape."""
    import gc

    import torch

    from judge.buffers import sharing
    from judge.roofline import roofline_us
    from judge.setting import Setting

    if device.is_gpu:
        torch.cuda.set_device(device.index)
    shapes = sweep.shapes(challenge.benchmark_shapes, challenge.test_shapes, options.shapes, options.sweep)
    setting = Setting(challenge, device, sharing(device), options.seconds)
    lock = Lock(device, observer.say)
    with lock.timing() if device.is_gpu else nullcontext():
        rounds = [
            _Round(*_size(n, shape, setting, standings.seed), setting) for n, shape in enumerate(shapes, 1)
        ]
        standings.rows = [each.row for each in rounds]
        for program in programs:
            missing = program.runner.wait_ready()
            require(missing, options.require_sandbox, observer if program is programs[0] else Observer())
        if setting.how == "ipc" and standings.against:
            observer.progress("peaks of this GPU", 0, 0)
            runner = programs[len(standings.solutions)].runner
            for each in rounds:
                if each.sized:
                    with baseline_errors("the device's peaks"):
                        limit = roofline_us(
                            each.sized.inputs, each.sized.outputs, each.row.flops, setting, runner
                        )
                        each.row.roofline_us = round(limit, 4)
    gc.freeze()  # what is loaded by now stays: no collection need look at it again
    for number, each in enumerate(rounds, 1):

        def tell(what: str, done: int, prefix: str = f"{number}/{len(rounds)}  {each.row.name}") -> None:
            observer.progress(f"{prefix}  {what}", done, 0)

        each.play(programs, lock, options.budget, tell)
        standings.shared |= each.shared
        standings.warnings += each.warnings


def _size(number: int, shape: sweep.Shape, setting: "Setting", seed: int) -> "tuple[Row, SizedCase | None]":
    """A row without times, and its case; None if its inputs alone do not fit into memory."""
    import torch

    from judge.challenge import Case
    from judge.correctness import SizedCase
    from judge.inputs import derive
    from judge.roofline import moved_bytes

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
class _Round:
    """One shape: its row, which `play` fills, and what else was seen meanwhile."""

    row: Row
    sized: "SizedCase | None"
    setting: "Setting"
    shared: bool = False
    warnings: list[str] = field(default_factory=list)
    _entries: dict[str, Entry] = field(default_factory=dict)
    _errors: "dict[str, dict[str, OwnError]]" = field(default_factory=dict)  # PyTorch's own, by program

    def play(
        self, programs: list[Program], lock: Lock, budget: float, tell: Callable[[str, int], None]
    ) -> None:
        """Judge the answers, then time all that are right and able; `budget` seconds for each."""
        from judge.benchmark import Company
        from judge.correctness import too_large

        device = self.setting.device
        self._entries = {p.name: Entry(p.name) for p in programs}
        self.row.entries = list(self._entries.values())
        if not self.sized or too_large(self.sized, self.row.flops, device):
            for entry in self.row.entries:
                entry.status = "too_large" if self.sized else "no_room"
            return
        loaded, ready = [], []
        with lock.checking() if device.is_gpu else nullcontext():
            for program in programs:  # all of them first: what the last shape took is then given back
                with self._noting(program):
                    program.load(self.setting, checked=True)
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
    def _noting(self, program: Program, side: "Side | None" = None) -> Iterator[None]:
        """Why a program drops out of this shape goes into its entry."""
        import torch

        try:
            yield
        except (Failure, torch.OutOfMemoryError, MemoryError) as error:
            if side:
                side.release()
            if isinstance(error, Failure):
                program.failed(error, self._entries[program.name])
            else:
                self._entries[program.name].status = "no_room"
                torch.cuda.empty_cache()

    def _check(self, program: Program, sized: "SizedCase") -> None:
        from judge.correctness import Findings, check, differs

        entry = self._entries[program.name]
        if program.solution:
            findings = Findings()
            check(program.runner, self.setting, [sized], findings, lambda done, total: None)
            if findings.skipped:
                raise MemoryError
            entry.status = "right"
            self._errors[program.name] = findings.errors
            self.warnings += [f"{program.name}: {warning}" for warning in findings.warnings]
        elif program.name not in BUILT_IN:
            message, left_out = differs(program.runner, self.setting, sized)
            if message:
                entry.suspect = True
                entry.note = "differs from the reference"
                self.warnings.append(
                    f"{program.name} differs from the reference at {self.row.name}: {message}"
                )
            elif left_out:
                entry.note = f"without {', '.join(left_out)}"

    def _time(
        self,
        ready: list[Program],
        sized: "SizedCase",
        budget: float,
        tell: Callable[[str, int], None],
    ) -> None:
        import torch

        from judge.clock import Side, SideFailure

        sides: dict[Program, Side] = {}
        try:
            for program in ready:
                tell(f"preparing {program.name}", 0)
                errors = self._errors.get(program.name, {})
                side = Side(program.runner, self.setting, sized.case, program.solution is not None, errors)
                with self._noting(program, side):
                    if not program.solution:
                        program.load(self.setting)
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
                self._entries[program.name].status = "no_room"
        finally:
            for side in sides.values():
                side.release()
            torch.cuda.empty_cache()

    def _measure(self, sides: "dict[Program, Side]", budget: float, tick: Callable[[int], None]) -> None:
        from judge.clock import measure

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
            entry.status = "busy"
            return
        entry.status = "timed"
        entry.median_us, entry.ci95_us = timing.median_us, timing.ci95_us
        entry.samples, entry.method = timing.samples, timing.method
