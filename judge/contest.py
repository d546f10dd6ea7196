"""Solutions and baselines against one another on a sweep of shapes, under the same rules as a submission.

On each shape every program is loaded afresh, the solutions' answers are judged, and all that are right are
timed, pass by pass in turn.
"""

import importlib.metadata
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from judge import __version__, sweep
from judge.baselines import baseline_errors, require_known
from judge.device import Device, Lock, choose
from judge.errors import BadInput
from judge.program import Program, labels
from judge.results import Results
from judge.submit import SECONDS, Observer, require
from judge.text import clean
from judge.workspace import find_challenge, find_solution

if TYPE_CHECKING:
    from judge.challenge import Challenge

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
) -> Results:
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
        results = _nothing_yet(challenge, device, programs, options)
        _fill(results, challenge, device, programs, options, observer)
    results.conclude()
    return results


def _nothing_yet(
    challenge: "Challenge", device: Device, programs: list[Program], options: Options
) -> Results:
    from judge.inputs import fresh_seed

    return Results(
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
    results: Results,
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
    from judge.round import Round, size
    from judge.setting import Setting

    if device.is_gpu:
        torch.cuda.set_device(device.index)
    shapes = sweep.shapes(challenge.benchmark_shapes, challenge.test_shapes, options.shapes, options.sweep)
    setting = Setting(challenge, device, sharing(device), options.seconds)
    lock = Lock(device, observer.say)
    for program in programs:  # before it is our turn: to import torch takes seconds
        missing = program.runner.wait_ready()
        require(missing, options.require_sandbox, observer if program is programs[0] else Observer())
    with lock.timing() if device.is_gpu else nullcontext():
        rounds = [Round(*size(n, shape, setting, results.seed), setting) for n, shape in enumerate(shapes, 1)]
        results.rows = [each.row for each in rounds]
        if setting.how == "ipc" and results.against:
            observer.progress("peaks of this GPU", 0, 0)
            runner = programs[len(results.solutions)].runner
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
        results.shared |= each.shared
        results.warnings += each.warnings
