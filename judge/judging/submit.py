"""How a submission gets from a file to a verdict. Read it from top to bottom."""

import importlib.metadata
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from judge.challenges.finding import find_challenge
from judge.engine.device import Device, choose
from judge.engine.process import end
from judge.engine.runner import Runner
from judge.errors import BadInput
from judge.judging.session import SECONDS, Observer, Session
from judge.solutions.finding import Solution, find_solution
from judge.verdict.diagnosis import Diagnosis
from judge.verdict.failure import Failure
from judge.verdict.verdict import Verdict
from judge.version import __version__

if TYPE_CHECKING:
    from judge.board.store import Leaderboard
    from judge.judging.correctness import Findings, WrongCase

SAMPLING_SECONDS = 0.8


@dataclass(frozen=True)
class SubmitOptions:
    """The options of the command line. `timed` and `record` are off for `judge run`.

    `seconds` is the time that one call may take, `sampling_seconds` the time of sampling for each benchmark
    case. With `own_kernels` a submission whose work others' kernels do is refused.
    """

    device: str = "auto"
    seed: int | None = None
    case: int | None = None
    seconds: float = SECONDS
    sampling_seconds: float = SAMPLING_SECONDS
    baselines: tuple[str, ...] = ("torch",)
    author: str | None = None
    database: str | None = None
    timed: bool = True
    record: bool = True
    require_sandbox: bool = False
    own_kernels: bool = False

    def times_on(self, device: Device) -> bool:
        """Whether a submission is timed on a device."""
        return self.timed and self.case is None and device.is_gpu


def submit(challenge_name: str, solution_name: str, options: SubmitOptions, observer: Observer) -> Verdict:
    """Judge one solution. Raises BadInput for what the user can fix; everything else is in the verdict."""
    found = find_challenge(challenge_name)
    digest = found.digest()
    solution = find_solution(solution_name)
    device = choose(options.device)
    if options.own_kernels and not options.times_on(device):
        raise BadInput("--own-kernels is about times: it needs a GPU, and all cases")
    if not device.is_gpu and options.device == "auto":
        observer.say("no GPU: judging correctness only, on Triton's interpreter")

    with Session(found, device, options.seconds, observer, options.require_sandbox) as session:
        # The runners import torch while the judge does: from here on, all these processes are busy.
        runners = session.start_runners() if options.case is None else [session.start_runner()]
        if options.times_on(device):
            session.start_baselines(*options.baselines)
        board = _board(options)
        verdict = judge(session, solution, runners, options)
        if board:
            _record(board, verdict, digest, solution, device, options)
    return verdict


def judge(session: Session, solution: Solution, runners: Sequence[Runner], options: SubmitOptions) -> Verdict:
    """Judge one submission in a session. Raises BadInput.

    The runners share the cases, and end before timing begins. A runner must serve only one submission, unless
    you wrote all of its submissions yourself.
    """
    # Imported here, not above: torch takes seconds, and the runners must be started first.
    from judge.challenges.rng import fresh_seed
    from judge.judging.baselines import require_known
    from judge.judging.correctness import Findings, WrongCase, check, size_up
    from judge.judging.loading import send_solution, shown, shown_text, wait_loaded
    from judge.verdict.hints import hints_for

    challenge, observer = session.challenge, session.observer
    # `torch` is named by default, and is only needed for times.
    require_known([n for n in options.baselines if n != "torch" or options.timed], challenge)
    seed = fresh_seed() if options.seed is None else options.seed
    cases = challenge.cases(seed)
    if options.case is not None and not 1 <= options.case <= len(cases):
        raise BadInput(f"{challenge.name} has no case {options.case}; they count from 1 to {len(cases)}")
    if solution.challenge not in ("", challenge.name):
        observer.say(f"{solution.title} says CHALLENGE = {solution.challenge!r}, judged as {challenge.name}")
    verdict = Verdict("accepted", challenge.name, solution.title, session.device.name, seed)
    findings = Findings()
    asked = runners[0]  # the runner that a failure comes from
    # Another one repeats what must be the same each time. It has no cases of its own.
    extra = [session.start_runner()] if challenge.deterministic and len(runners) == 1 else []

    with session.on_device():
        with session.checking():
            sized = size_up(session, [c for c in cases if options.case in (None, c.number)], findings)
        try:
            observer.progress("starting", 0, 0)
            session.wait_ready(*runners, *extra)
            if options.times_on(session.device) and session.sharing == "ipc":
                session.expect_player()
            observer.progress("loading", 0, 0)
            for asked in (*runners, *extra):
                send_solution(asked, solution, challenge, session.seconds)
            for asked in (*runners, *extra):
                wait_loaded(asked, solution, challenge, session.seconds)
            with session.checking():
                tick = partial(observer.progress, "cases")
                check(runners, session, sized, findings, tick, extra or runners)
            asked = runners[0]
            if options.times_on(session.device):
                verdict.cases, verdict.skipped = findings.cases, findings.skipped
                observer.right(verdict)
                _time(session, runners, verdict, findings, options)
        except Failure as failure:
            verdict.status, verdict.benchmarks, verdict.score_us = failure.status, [], None
            verdict.method, verdict.noisy = None, False
            if isinstance(failure, WrongCase):
                findings.cases.append(failure.result)
                asked = failure.runner
                verdict.diagnosis = _case_diagnosis(session, solution, failure, seed, options)
            else:
                problems = shown(failure.problems, asked, solution.title)
                verdict.diagnosis = Diagnosis(problems, hints=hints_for(problems))
    end(extra)
    if verdict.status != "accepted":
        verdict.output = shown_text(asked.output(), asked.loaded, solution.title)
    verdict.cases, verdict.skipped = findings.cases, findings.skipped
    verdict.warnings += findings.warnings
    return verdict


def _time(
    session: Session,
    runners: Sequence[Runner],
    verdict: Verdict,
    findings: "Findings",
    options: SubmitOptions,
) -> None:
    from judge.judging.benchmark import OtherPrograms, benchmark, score
    from judge.judging.work import require_own_kernels

    session.wait_ready(*session.baselines.values())
    with session.timing():
        others = OtherPrograms(session)
        found = benchmark(
            runners,
            session,
            session.challenge.benchmarks(verdict.seed),
            findings.errors,
            options.sampling_seconds,
            lambda what, n: session.observer.progress(f"timing {what}", n, 0),
        )
        verdict.shared = others.seen()
    for result in found.results:
        result.conditions.shared = verdict.shared
        if options.own_kernels:
            require_own_kernels(result)
    verdict.benchmarks, verdict.method = found.results, found.method if found.results else None
    verdict.noisy = any(result.noisy for result in found.results)
    verdict.warnings += found.warnings + found.missing
    # A board compares scores of the same cases.
    verdict.score_us = None if found.missing else score(verdict.benchmarks)


def _case_diagnosis(
    session: Session, solution: Solution, wrong: "WrongCase", seed: int, options: SubmitOptions
) -> Diagnosis:
    """The diagnosis of a case: what is wrong, hints, and the command that judges it again."""
    from judge.judging.loading import shown
    from judge.verdict.hints import hints_for

    words = ["judge", "submit" if options.timed else "run", session.found.argument, solution.title]
    words += ["--seed", str(seed), "--case", str(wrong.case.number)]
    if options.device != "auto":
        words += ["--device", options.device]
    if session.seconds != SECONDS:
        words += ["--timeout", f"{session.seconds:g}"]
    problems = shown(wrong.problems, wrong.runner, solution.title)
    return Diagnosis(problems, wrong.case.number, wrong.case.name, hints_for(problems), shlex.join(words))


def _board(options: SubmitOptions) -> "Leaderboard | None":
    """The leaderboard, None if the verdict is not recorded. Raises BadInput if it cannot be reached, so that
    the user learns this before the work and not after it.
    """
    if not options.record or options.case is not None:
        return None
    from judge.board.store import Leaderboard

    board = Leaderboard(options.database)
    try:
        board.reach()
    except BadInput as error:
        raise BadInput(f"{error}; --no-record needs none") from None
    return board


def _record(
    board: "Leaderboard",
    verdict: Verdict,
    digest: str,
    solution: Solution,
    device: Device,
    options: SubmitOptions,
) -> None:
    from judge.board.columns import Provenance
    from judge.board.standings import rank_of
    from judge.board.store import default_author

    provenance = Provenance(
        challenge_hash=digest,
        solution_hash=solution.hash,
        source=solution.source,
        author=options.author or default_author(),
        driver=device.driver,
        torch=importlib.metadata.version("torch"),
        triton=importlib.metadata.version("triton"),
        judge=__version__,
    )
    row = board.record(verdict.as_json(), provenance)
    verdict.rank, verdict.entries = rank_of(board, row) or (None, None)
