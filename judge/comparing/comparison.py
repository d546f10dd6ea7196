"""Compares solutions and baselines on a sweep of shapes, under the same rules as a submission.

On each shape every contestant is loaded again. The solutions' answers are judged, and all contestants that
are right are timed, pass by pass in turn.
"""

import importlib.metadata
from datetime import UTC, datetime

from judge.challenges.finding import find_challenge
from judge.comparing import sweep
from judge.comparing.contestant import Contestant, labels
from judge.comparing.options import CompareOptions
from judge.comparing.results import Results
from judge.engine.device import choose
from judge.errors import BadInput
from judge.judging.baselines import baseline_errors, require_known
from judge.judging.session import Observer, Session
from judge.solutions.finding import find_solution
from judge.text import clean
from judge.version import __version__


def compare_all(
    challenge_name: str, solution_names: tuple[str, ...], options: CompareOptions, observer: Observer
) -> Results:
    """Compare solutions and baselines. Raises BadInput for what the user can fix."""
    found = find_challenge(challenge_name)
    solutions = [find_solution(name) for name in dict.fromkeys(solution_names)]
    for option, texts in (("--shape", options.shapes), ("--sweep", options.sweep)):
        for text in texts:
            sweep.pairs(option, text)
    device = choose(options.device)
    if not device.is_gpu and not solutions:
        raise BadInput("times need a GPU; to check answers without one, name a solution")
    if device.is_gpu and len(solutions) + len(options.against) < 2:
        raise BadInput("there is nothing to compare with: name another solution, or more after --against")
    if not device.is_gpu and options.device == "auto":
        observer.say("no GPU: judging correctness only, on Triton's interpreter")

    with Session(found, device, options.seconds, observer, options.require_sandbox) as session:
        # The runners import torch while the judge does.
        contestants = [
            Contestant(name, session, solution)
            for name, solution in zip(labels(solutions, options.against), solutions, strict=True)
        ]
        contestants += [Contestant(name, session) for name in (options.against if device.is_gpu else ())]
        challenge = session.challenge
        require_known(options.against, challenge)
        for each in contestants:
            named = each.solution.challenge if each.solution else ""
            if named not in ("", challenge.name):
                observer.say(f"{each.name} says CHALLENGE = {named!r}, compared as {challenge.name}")
        command = options.command(challenge_name, solution_names)
        results = _nothing_yet(session, contestants, command, options.seed)
        with session.on_device():
            _fill(results, session, contestants, options)
    results.conclude()
    return results


def _nothing_yet(session: Session, contestants: list[Contestant], command: str, seed: int | None) -> Results:
    from judge.challenges.rng import fresh_seed

    return Results(
        challenge=session.challenge.name,
        device=session.device.name,
        driver=session.device.driver,
        torch=importlib.metadata.version("torch"),
        triton=importlib.metadata.version("triton"),
        judge=__version__,
        date=datetime.now(UTC).date().isoformat(),
        command=command,
        seed=fresh_seed() if seed is None else seed,
        solutions={c.name: clean(c.solution.title) for c in contestants if c.solution},
        against=[c.name for c in contestants if not c.solution],
    )


def _fill(results: Results, session: Session, contestants: list[Contestant], options: CompareOptions) -> None:
    """Add a row for each shape."""
    from judge.comparing.one_shape import OneShape, size
    from judge.judging.roofline import limit_of

    challenge, observer = session.challenge, session.observer
    shapes = sweep.shapes(challenge.benchmark_shapes, challenge.test_shapes, options.shapes, options.sweep)
    session.wait_ready(
        *(c.runner for c in contestants)
    )  # before we hold the lock: importing torch takes seconds
    with session.timing():
        found = [
            OneShape(*size(n, shape, session, results.seed), session) for n, shape in enumerate(shapes, 1)
        ]
        results.rows = [each.row for each in found]
        if session.sharing == "ipc" and results.against:
            observer.progress("peaks of this GPU", 0, 0)
            runner = contestants[len(results.solutions)].runner
            for each in found:
                if each.sized:
                    with baseline_errors("the device's peaks"):
                        each.row.roofline_us = round(limit_of(each.sized.sizes, session, runner).us, 4)
    for number, each in enumerate(found, 1):

        def tell(what: str, done: int, prefix: str = f"{number}/{len(found)}  {each.row.name}") -> None:
            observer.progress(f"{prefix}  {what}", done, 0)

        each.compare(contestants, options.budget, tell)
        results.shared |= each.shared
        results.warnings += each.warnings
